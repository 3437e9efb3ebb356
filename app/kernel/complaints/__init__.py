"""Complaints: what a customer says went wrong, the merchant's answer, the platform's ruling, and who bears what."""

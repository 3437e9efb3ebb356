"""Offer, fill, spend, and give back what is unspent."""

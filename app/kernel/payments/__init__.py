"""Payments: money asked for, paid, refunded, through channels that are other firms' machines."""

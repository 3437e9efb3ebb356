"""Coupons: what a merchant or the platform takes off an order, by which rule, and within which budget."""

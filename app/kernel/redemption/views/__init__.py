"""The redeem desk, and the lists behind it."""

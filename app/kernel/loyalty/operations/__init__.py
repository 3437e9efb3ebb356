"""Set up programmes and levels, earn, spend, give back, expire, adjust."""

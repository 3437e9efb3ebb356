"""What changes houses, prices, and stays."""

"""What other firms do for a house: locks."""

"""What the documents say exists."""

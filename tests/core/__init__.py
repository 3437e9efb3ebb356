"""The values without a database or web."""

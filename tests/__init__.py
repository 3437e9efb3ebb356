"""The whole suite; mirrors app/."""

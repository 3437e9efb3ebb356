"""Monthly accounts."""

"""Monthly accounts in the console."""

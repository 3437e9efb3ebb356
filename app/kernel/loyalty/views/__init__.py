"""Points in the console."""

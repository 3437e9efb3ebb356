"""Points and levels."""

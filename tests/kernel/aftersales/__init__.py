"""After-sales."""

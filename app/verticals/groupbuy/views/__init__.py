"""Pages of group buying."""

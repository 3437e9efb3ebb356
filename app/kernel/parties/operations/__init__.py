"""Everything that changes people and firms, one file a noun."""

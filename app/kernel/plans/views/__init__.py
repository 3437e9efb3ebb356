"""Pages of plans, charges, deposits, and advertising."""

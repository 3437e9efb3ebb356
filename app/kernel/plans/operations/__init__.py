"""What people and the clock do with plans, charges, deposits, and advertising."""

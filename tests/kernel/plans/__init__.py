"""Plans, charges, deposits, and advertising through their doors."""

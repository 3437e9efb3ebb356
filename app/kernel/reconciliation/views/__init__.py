"""Pages of reconciliation: days and breaks as lists, the desk, months."""

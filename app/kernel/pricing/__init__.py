"""The rule desk: rules in their order, replayed on past orders, and fees by volume settled at the month's end."""

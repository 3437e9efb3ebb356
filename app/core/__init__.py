"""Values without database or web: money, errors, actors, clock, periods, identifiers, flows."""

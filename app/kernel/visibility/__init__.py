"""Who sees what: columns, facts, and sections that staff hide from a role, for every page of the console alike."""

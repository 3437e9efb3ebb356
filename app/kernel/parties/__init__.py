"""People and firms: platform staff, merchants and their members, customers; how each signs in and what each may do."""

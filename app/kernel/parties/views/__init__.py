"""Doors of parties in the console: signing in, one's own account, merchants, members, people, customers."""

"""A merchant's own customers: who they are to it, groups of them, and messages to a group; no other merchant sees any of it."""

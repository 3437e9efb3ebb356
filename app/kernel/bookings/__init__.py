"""Exclusive times: a room's nights, a worker's hours, a place's evening. The database refuses that two people have one at once."""

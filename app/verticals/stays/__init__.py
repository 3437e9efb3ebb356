"""Homestays and hotels: rooms for nights, priced by a calendar, sold once."""

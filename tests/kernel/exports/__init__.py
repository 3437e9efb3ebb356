"""Exports in the background."""

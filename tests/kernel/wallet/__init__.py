"""Stored value."""

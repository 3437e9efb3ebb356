"""Stays' pages of the console."""

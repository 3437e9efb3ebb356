"""Imports in the background."""

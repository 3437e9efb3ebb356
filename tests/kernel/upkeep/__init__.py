"""Upkeep: jobs and health."""

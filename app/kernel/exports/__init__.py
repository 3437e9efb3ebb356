"""Exports: a list's spreadsheet made in the background, with progress, for the person who asked, for seven days."""

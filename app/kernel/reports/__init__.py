"""Saved reports: a list of the console, grouped and summed by the database, with a chart and a way back to the rows."""

"""Imports: a spreadsheet looked over row by row, then brought in by the declaring package's own operation, in the background."""

"""Spreadsheets out and in: streaming XLSX and CSV, reading under limits."""

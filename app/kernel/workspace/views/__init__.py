"""Doors of the workspace: what lists, records, and forms post to; the page of messages."""

"""What a person keeps in the console: list views, columns, notes with mentions, unread messages, drafts, pins, recent records."""

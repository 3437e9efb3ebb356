"""What keeps the platform running: its jobs and its health, for those who look after it."""

"""Fields that staff add to forms: defined in the console, checked on the server, kept as JSON with what they describe."""

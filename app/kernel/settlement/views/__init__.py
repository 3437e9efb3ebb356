"""Settlement in the console: the desk, statements, policies, and the home cards."""

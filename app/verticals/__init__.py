"""The trades. They look alike and do not know each other."""

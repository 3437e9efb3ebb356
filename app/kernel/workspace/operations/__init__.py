"""What people do with what they keep: one file a noun."""

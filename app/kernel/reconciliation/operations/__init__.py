"""Compare days, settle what differs, close months."""

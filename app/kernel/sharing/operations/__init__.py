"""Open, share, take back, settle, finish."""

"""Open accounts, charge them, bill them, take what is paid."""

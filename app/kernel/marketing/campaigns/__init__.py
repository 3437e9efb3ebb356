"""Joint campaigns: several merchants take something off together, and each bears what it agreed to."""

"""What customers are told: an inbox in the mini-program, and subscribe messages as far as they agreed, not at night."""

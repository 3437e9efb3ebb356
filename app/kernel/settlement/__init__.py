"""Settlement: what merchants earned comes free after its hold, is stated to the fen, approved by two people, and paid once."""

"""A merchant's place in a trade: a shop, a house, a leader's point. Set up by its people, opened when nothing is missing, taken off with expired papers."""

"""The channel's bills as text: what they say, and whether they add up. Pure functions of the bytes."""

"""What mini-programs send to group buying, and what they get. Amounts in fen, times UTC."""

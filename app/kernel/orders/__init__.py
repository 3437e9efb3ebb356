"""The order that all trades share: its number, parties, lines, money, and what paying and completing it means."""

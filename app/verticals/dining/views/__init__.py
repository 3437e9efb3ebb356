"""Dining in the console: order board, orders, kitchen, menu, shop, tables."""

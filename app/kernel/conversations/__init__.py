"""Customers and merchants write to each other, about an order or before one."""

"""Stored value: a customer pays a merchant ahead, is given something on top, and spends both in proportion."""

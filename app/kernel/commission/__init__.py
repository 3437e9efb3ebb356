"""The price list: fee rules with dated versions, resolved once per order and frozen on its lines."""

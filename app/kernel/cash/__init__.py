"""Cash that cashiers take for orders and hand back, shift by shift. It is the merchant's: the platform never holds it."""

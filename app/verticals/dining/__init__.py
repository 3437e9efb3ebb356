"""点餐 dining: small restaurants, their menus, tables and kitchens, and the people who eat there, pick up, or are delivered to."""

"""A trade that is not part of the product, made as docs/add-a-trade.md says: what it takes, and that nothing else has to be touched."""

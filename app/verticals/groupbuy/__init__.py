"""社区团购: leaders of communities, suppliers, rounds with a cut-off, short deliveries that refund themselves."""

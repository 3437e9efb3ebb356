"""How a merchant does in a trade: the page of statistics that every trade has, and what it is made of."""

"""Ways to move money that belong to other firms. A channel speaks their language and touches no database."""

"""Who carries an order to its customer: jobs, the couriers who take them, and the registry of those who can be asked."""

"""What leaders, suppliers, residents, and the warehouse do."""

"""Monthly accounts (月结账户): a company lets its people order on account, gets a statement each month, and pays it by bank."""

"""Points and levels: a merchant, or the platform, gives points for what is bought, takes them as payment, and knows its members."""

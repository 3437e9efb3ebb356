"""Help for people at work: short texts in docs/help, found from the page they explain."""

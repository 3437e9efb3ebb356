"""Every line of the channel's bill beside what we booked, each used once; what differs is a break that two people settle."""

"""Ask for a courier, take, carry, hand over; whom the front sends; what each end means for the money."""

"""What staff change about the platform without a programmer: each value with its effect, its history, and a second person where money moves."""

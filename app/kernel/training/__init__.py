"""Short courses that somebody must finish before doing a job: pages to read, questions to answer, a mark to reach. Neutral to trades."""

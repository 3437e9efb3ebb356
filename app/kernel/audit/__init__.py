"""Who did what, when, why, and from where: the timeline of each record and the chain that shows nobody edited it."""

"""What differs between the channel's bills and us: pure functions, lines and records in, pairs and differences out.

Seven passes, each line and each record used once, amounts never matched by likeness:

1. by kind and our number, on the same day: set-based, in `matching_sql`; only what it leaves comes here
2. the same number with another amount, fee, or state: a difference of that kind
3. by the channel's own number
4. each movement of the fund bill against the trade bill: set-based as well, what is left by kind and the channel's number
5. groups: a movement that pays several payouts of one batch, whose amounts add up to it
6. the days around: what both sides date differently
7. what is left on either side
"""

"""The ledger: every fen that moves, for all trades, explained by balanced entries that nobody can change.

An entry is positive when it is credited and negative when it is debited (credit positive). What we owe somebody is
therefore zero or more, what we own or have spent is zero or less, and all entries of one asset add up to zero.
"""

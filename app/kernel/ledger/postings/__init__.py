"""The posting rules: one small function for each business fact, its recipe in the docstring, one file per flow of money.

All are pure: plain amounts in fen go in, a `Posting` comes out, `operations.post` writes it. Amounts are positive; the
recipe says which side they stand on. What adds up to zero by the caller's arithmetic is checked when it is posted.
"""

"""The ledger: recipes to the fen, attacks, races, proofs."""

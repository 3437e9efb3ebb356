"""A cycle or a statement as a spreadsheet: same rows, same bytes; totals as formulas that equal the ledger."""

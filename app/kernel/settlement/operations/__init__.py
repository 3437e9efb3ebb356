"""The verbs of settlement, one file for each step: policies, release, closing, approval, payouts, workbooks."""

"""Approvals: applications of merchants, the documents they hand in, and the review desk through which anything reviewable passes."""

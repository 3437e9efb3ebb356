"""The doors of approvals: the review desk, the applicant's pages, the newcomer's, and the lists."""

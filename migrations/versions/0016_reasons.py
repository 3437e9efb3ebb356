"""Reasons about papers are offered where papers are reviewed, and no longer for dishes."""

from __future__ import annotations

from alembic import op

revision = "0016_reasons"
down_revision = "0015_settings"
branch_labels = None
depends_on = None

ABOUT_PAPERS = ("document_expired", "name_differs", "address_differs", "wrong_document", "document_missing", "scope_missing", "account_differs", "not_genuine")


def upgrade() -> None:
    """Those of the first library that staff left for every kind."""
    codes = ", ".join(f"'{code}'" for code in ABOUT_PAPERS)
    op.execute(f"UPDATE approval_reason SET kind = 'papers' WHERE kind = '' AND code IN ({codes})")

"""The columns and constraints of a proposal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.framework.database import Moment


class Proposal:
    """A record that somebody proposes and another person approves; people are written down as `maker_name` does."""

    status: Mapped[str] = mapped_column(String(12), default="draft")
    reason: Mapped[str] = mapped_column(String(200), default="")
    made_by: Mapped[str] = mapped_column(String(80))
    approved_by: Mapped[str | None] = mapped_column(String(80))
    approved_at: Mapped[datetime | None] = mapped_column(Moment)


def proposal_checks(unless: str = "") -> tuple[CheckConstraint, CheckConstraint]:
    """What the table of a proposal states: approved by somebody, and by somebody else (save where `unless` holds)."""
    second = "approved_by IS NULL OR approved_by <> made_by" + (f" OR {unless}" if unless else "")
    return (
        CheckConstraint("status <> 'approved' OR approved_by IS NOT NULL", name="approved_by_somebody"),
        CheckConstraint(second, name="second_person"),
    )

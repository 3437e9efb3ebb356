"""Applications, documents, review cases, reasons, and review policies."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.framework.access import owned, reference
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status
from app.kernel.approvals.flows import APPLICATION_FLOW, CASE_FLOW, DOCUMENT_FLOW
from app.kernel.files.models import StoredFile
from app.kernel.parties.models import Merchant


class Application(Dated, Model):
    """A merchant's application to a trade; one for each, in as many rounds as it takes.

    The legal person and the bank account are sealed under `approval_application:<column>:<id>`; the masked forms are for everyone else.
    `answers` holds the fields that staff defined for `<trade>.application`, as far as the merchant's `category` has them.
    """

    __tablename__ = "approval_application"
    __access__ = owned()
    __table_args__ = (UniqueConstraint("merchant_id", "trade"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    trade: Mapped[str] = mapped_column(String(30))
    status: Mapped[str] = mapped_column(String(12), default="draft")
    category: Mapped[str] = mapped_column(String(30), default="")
    company: Mapped[str] = mapped_column(String(80), default="")
    credit_code: Mapped[str] = mapped_column(String(18), default="")
    legal_person_sealed: Mapped[str | None] = mapped_column(String(200))
    legal_person_masked: Mapped[str] = mapped_column(String(20), default="")
    contact_name: Mapped[str] = mapped_column(String(40), default="")
    contact_phone: Mapped[str] = mapped_column(String(20), default="")
    address: Mapped[str] = mapped_column(String(120), default="")
    bank_name: Mapped[str] = mapped_column(String(60), default="")
    bank_account_sealed: Mapped[str | None] = mapped_column(String(200))
    bank_account_masked: Mapped[str] = mapped_column(String(24), default="")
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    submitted_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(String(500), default="")

    merchant: Mapped[Merchant] = relationship()

    @property
    def label(self) -> str:
        """The firm that applies."""
        return self.company


guard_status(Application, APPLICATION_FLOW)


class Document(Dated, Model):
    """A document of a merchant for a trade: a licence, a permit, a photo. `expires_on` is its last valid day, None when it has none."""

    __tablename__ = "approval_document"
    __access__ = owned()
    __table_args__ = (
        Index("ix_approval_document_merchant", "merchant_id", "trade", "kind"),
        Index("ix_approval_document_expires", "expires_on", postgresql_where=text("status IN ('valid', 'expiring')")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    trade: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(40), default="")
    file_id: Mapped[int] = mapped_column(ForeignKey("file_object.id"))
    expires_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(String(12), default="pending")

    file: Mapped[StoredFile] = relationship()
    merchant: Mapped[Merchant] = relationship()

    @property
    def label(self) -> str:
        """Its number, or what the sender called the file."""
        return self.number or self.kind


guard_status(Document, DOCUMENT_FLOW)


class Case(Dated, Model):
    """Something that waits for a reviewer's decision. `snapshot` is what is decided on, `previous` what was decided last.

    `purpose`: an ordinary review; a sample that looks at a decision again; an appeal against one, with the applicant's `plea`. The latter two
    name that decision in `about_id` and may not be decided by whoever made it, `barred_by`.

    `subject_type` is a table's name, `subject_id` its key. `words` are the risk words found; `turn` counts submissions from 1.
    """

    __tablename__ = "approval_case"
    __access__ = owned()
    __table_args__ = (
        Index(
            "uq_approval_case_open", "kind", "subject_id", unique=True,
            postgresql_where=text("status IN ('waiting', 'claimed', 'asked') AND purpose <> 'sample'"),
        ),
        Index("uq_approval_case_sample", "about_id", unique=True, postgresql_where=text("purpose = 'sample'")),
        Index("ix_approval_case_decided", "decided_at", postgresql_where=text("decided_by IS NOT NULL")),
        CheckConstraint("purpose IN ('review', 'sample', 'appeal') AND (purpose = 'review') = (about_id IS NULL)", name="purpose"),
        Index("ix_approval_case_queue", "due_at", "id", postgresql_where=text("status IN ('waiting', 'claimed')")),
        Index("ix_approval_case_merchant", "merchant_id", "id"),
        Index("ix_approval_case_subject", "kind", "subject_id", "id"),
        Index("ix_approval_case_record", "subject_type", "subject_id"),
        CheckConstraint("status <> 'claimed' OR (claimed_by IS NOT NULL AND claimed_until IS NOT NULL)", name="claimed"),
        CheckConstraint("status NOT IN ('rejected', 'asked') OR reason <> ''", name="reason"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    trade: Mapped[str] = mapped_column(String(30))
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"))
    subject_type: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    subject_label: Mapped[str] = mapped_column(String(200), default="")
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    turn: Mapped[int] = mapped_column(default=1)
    purpose: Mapped[str] = mapped_column(String(8), default="review", server_default="review")
    about_id: Mapped[int | None] = mapped_column(ForeignKey("approval_case.id"), index=True)
    barred_by: Mapped[int | None] = mapped_column(BigInteger)
    plea: Mapped[str] = mapped_column(String(500), default="", server_default="")
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    previous: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    words: Mapped[list[str]] = mapped_column(JSONB, default=list)
    submitted_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    claimed_by: Mapped[int | None] = mapped_column(BigInteger)
    claimed_name: Mapped[str] = mapped_column(String(80), default="")
    claimed_until: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_name: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(String(500), default="")
    reason_code: Mapped[str] = mapped_column(String(120), default="")

    merchant: Mapped[Merchant | None] = relationship()

    @property
    def number(self) -> str:
        """How the case is called: `AP000142`."""
        return f"AP{self.id:06d}"

    @property
    def label(self) -> str:
        """Number and subject."""
        return f"{self.number} {self.subject_label}"


guard_status(Case, CASE_FLOW)


class Demand(Dated, Model):
    """A kind of document that applicants of a trade hand in: up to `many` of it, with an end date when it `expires`, `encrypted` on disk."""

    __tablename__ = "approval_demand"
    __access__ = reference()
    __table_args__ = (
        UniqueConstraint("trade", "kind"),
        CheckConstraint("kind ~ '^[a-z][a-z0-9_]{0,39}$'", name="kind"),
        CheckConstraint("many BETWEEN 1 AND 9", name="many"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    trade: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(40))
    label_zh: Mapped[str] = mapped_column(String(40))
    label_en: Mapped[str] = mapped_column(String(80), default="")
    required: Mapped[bool] = mapped_column(default=True)
    expires: Mapped[bool] = mapped_column(default=False)
    encrypted: Mapped[bool] = mapped_column(default=True)
    many: Mapped[int] = mapped_column(default=1)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def label(self) -> str:
        """The Chinese words for it."""
        return self.label_zh


class RejectReason(Dated, Model):
    """A sentence of the library that reviewers choose from. An empty `kind` serves every kind of case."""

    __tablename__ = "approval_reason"
    __access__ = reference()
    __table_args__ = (UniqueConstraint("kind", "code"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60), default="")
    code: Mapped[str] = mapped_column(String(40))
    sentence: Mapped[str] = mapped_column(String(120))
    sentence_en: Mapped[str] = mapped_column(String(200), default="")
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def label(self) -> str:
        """The sentence."""
        return self.sentence


class ReviewPolicy(Dated, Model):
    """What is reviewed of a kind, and how soon. Without a row the kind's own defaults hold.

    `mode`: every submission; those of merchants younger than `young_days`; those that change watched fields; those with risk words. The
    later modes each include risk words. `words` adds to the kind's risk words. `sample_ppm` of the approvals are looked at again by another reviewer.
    """

    __tablename__ = "approval_policy"
    __access__ = reference()
    __table_args__ = (
        CheckConstraint("mode IN ('all', 'new_merchants', 'changed_fields', 'risk_words')", name="mode"),
        CheckConstraint("minutes BETWEEN 5 AND 10080", name="minutes"),
        CheckConstraint("young_days BETWEEN 0 AND 365", name="young_days"),
        CheckConstraint("sample_ppm BETWEEN 0 AND 1000000", name="sample"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60), unique=True)
    mode: Mapped[str] = mapped_column(String(20), default="all")
    minutes: Mapped[int] = mapped_column(default=120)
    young_days: Mapped[int] = mapped_column(default=30)
    sample_ppm: Mapped[int] = mapped_column(default=50_000, server_default="50000")
    words: Mapped[list[str]] = mapped_column(JSONB, default=list)

    @property
    def label(self) -> str:
        """The kind it is for."""
        return self.kind

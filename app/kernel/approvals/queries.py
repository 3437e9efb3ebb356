"""Reads of approvals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import g
from flask_babel import LazyString, get_locale
from sqlalchemy import case, func, select

from app.core.actors import Actor
from app.core.periods import SHANGHAI
from app.extensions import db
from app.framework.manifest import DocumentDemand
from app.framework.sealing import unseal
from app.kernel.approvals.models import Application, Case, Demand, Document, RejectReason, ReviewPolicy
from app.kernel.approvals.reviewables import reviewables

CURRENT = ("pending", "valid", "expiring")
QUEUE_AT_MOST = 100
PAPERS = "papers"  # the kind of a reason that fits the applications and documents of all trades


def policy_of(kind: str) -> ReviewPolicy:
    """The policy that staff set for a kind, or an unsaved one with the kind's defaults."""
    kept = db.session.scalars(select(ReviewPolicy).where(ReviewPolicy.kind == kind)).first()
    if kept is not None:
        return kept
    found = reviewables().get(kind)
    return ReviewPolicy(kind=kind, mode=found.mode if found else "all", minutes=found.minutes if found else 120, young_days=30, sample_ppm=50_000, words=[])


def waiting_queue(actor: Actor, *, mine: bool = False, kind: str = "") -> list[Case]:
    """Cases waiting or in hand, the most urgent first; `mine` only those that the actor has in hand."""
    statement = select(Case).where(Case.status.in_(("waiting", "claimed"))).order_by(Case.due_at, Case.id).limit(QUEUE_AT_MOST)
    if mine:
        statement = statement.where(Case.claimed_by == actor.id, Case.status == "claimed")
    if kind:
        statement = statement.where(Case.kind == kind)
    return list(db.session.scalars(statement))


def waiting_count(actor: Actor, now: datetime) -> tuple[int, int, datetime | None]:
    """(cases that nobody has in hand, those of them past their deadline, when the oldest was submitted)."""
    late = func.count().filter(Case.due_at < now)
    count, overdue, oldest = db.session.execute(
        select(func.count(), late, func.min(Case.submitted_at)).select_from(Case).where(Case.status == "waiting")
    ).one()
    return count, overdue, oldest


def held_count(actor: Actor) -> int:
    """How many cases the actor has in hand."""
    statement = select(func.count()).select_from(Case).where(Case.status == "claimed", Case.claimed_by == actor.id)
    return db.session.execute(statement).scalar_one()


def decided_since(actor: Actor, start: datetime) -> int:
    """How many cases the actor has decided since `start`."""
    statement = select(func.count()).select_from(Case).where(Case.decided_by == actor.id, Case.decided_at >= start)
    return db.session.execute(statement).scalar_one()


def waiting_badge(actor: Actor) -> int:
    """The number beside the desk in the menu."""
    return db.session.execute(select(func.count()).select_from(Case).where(Case.status.in_(("waiting", "claimed")))).scalar_one()


def newest_case(kind: str, subject_id: int) -> Case | None:
    """The last case of a subject, samples aside."""
    own = (Case.kind == kind, Case.subject_id == subject_id, Case.purpose != "sample")
    return db.session.scalars(select(Case).where(*own).order_by(Case.id.desc()).limit(1)).first()


def reasons_for(kind: str) -> list[RejectReason]:
    """The library's sentences for a kind: its own first, then those about papers where it is about papers, then those for every kind."""
    wanted = [kind, *([PAPERS] if kind.endswith((".application", ".document")) else []), ""]
    place = case({each: number for number, each in enumerate(wanted)}, value=RejectReason.kind)
    statement = (
        select(RejectReason).where(RejectReason.active, RejectReason.kind.in_(wanted)).order_by(place, RejectReason.position, RejectReason.id)
    )
    return list(db.session.scalars(statement))


def application_of(merchant_id: int, trade: str) -> Application | None:
    """The merchant's application to a trade."""
    return db.session.scalars(select(Application).where(Application.merchant_id == merchant_id, Application.trade == trade)).first()


def documents_of(merchant_id: int, trade: str, statuses: Sequence[str] = CURRENT) -> list[Document]:
    """The documents of a merchant for a trade in these states, oldest first."""
    statement = select(Document).where(Document.merchant_id == merchant_id, Document.trade == trade, Document.status.in_(statuses))
    return list(db.session.scalars(statement.order_by(Document.kind, Document.id)))


def pressing_documents(merchant_id: int) -> tuple[int, int]:
    """(documents that expire within thirty days, documents that have expired) of a merchant."""
    statement = select(Document.status, func.count()).where(Document.merchant_id == merchant_id, Document.status.in_(("expiring", "expired")))
    found = {row[0]: row[1] for row in db.session.execute(statement.group_by(Document.status))}
    return found.get("expiring", 0), found.get("expired", 0)


def applications_on_the_way(merchant_id: int) -> list[Application]:
    """Applications on their way: those that wait for the merchant (asked about, refused, never handed in) and those that wait for a reviewer."""
    on_the_way = ("draft", "asked", "rejected", "submitted")
    statement = select(Application).where(Application.merchant_id == merchant_id, Application.status.in_(on_the_way))
    return list(db.session.scalars(statement.order_by(Application.id)))


def sealed_place(application: Application, column: str) -> str:
    """Where a sealed value of an application belongs."""
    return f"approval_application:{column}:{application.id}"


def unsealed(application: Application) -> dict[str, str]:
    """The legal person's name and the bank account, in full. The caller leaves a line in the audit."""
    kept = {"legal_person": application.legal_person_sealed, "bank_account": application.bank_account_sealed}
    return {name: unseal(value, sealed_place(application, name)) for name, value in kept.items() if value}


@dataclass(frozen=True)
class Reviewed:
    """Cases decided in a stretch of time: how many, how many of them approved, how many after their deadline, the median minutes to decide."""

    decided: int
    approved: int
    late: int
    minutes: int


def reviewed_between(begins: datetime, ends: datetime) -> Reviewed:
    """What reviewers decided in [begins, ends)."""
    took = func.extract("epoch", Case.decided_at - Case.submitted_at) / 60
    statement = select(
        func.count(), func.count().filter(Case.status == "approved"), func.count().filter(Case.decided_at > Case.due_at),
        func.coalesce(func.percentile_cont(0.5).within_group(took), 0),
    ).where(Case.decided_at >= begins, Case.decided_at < ends, Case.decided_by.is_not(None))
    decided, approved, late, minutes = db.session.execute(statement).one()
    return Reviewed(int(decided), int(approved), int(late), int(minutes))


def decided_by_day(begins: datetime, ends: datetime) -> dict[date, int]:
    """Shanghai day → cases decided on it by people."""
    day = func.date(func.timezone(str(SHANGHAI), Case.decided_at))
    statement = select(day, func.count()).where(Case.decided_at >= begins, Case.decided_at < ends, Case.decided_by.is_not(None)).group_by(day)
    return {each: int(count) for each, count in db.session.execute(statement)}


def demands_of(trade: str) -> list[DocumentDemand]:
    """The documents that the trade demands, in order."""
    return [demand for demand, active in _demands().get(trade, {}).values() if active]


def demand_of(trade: str, kind: str) -> DocumentDemand | None:
    """The demand of a trade for a kind of document, also one that is no longer asked."""
    found = _demands().get(trade, {}).get(kind)
    return found[0] if found else None


def forget_demands() -> None:
    """The next reading asks the database again: said by whoever changed a demand."""
    g.pop("demands", None)


def _demands() -> dict[str, dict[str, tuple[DocumentDemand, bool]]]:
    """Trade → kind → (demand, whether it is asked); one query a request."""
    if "demands" not in g:
        g.demands = {}
        for each in db.session.scalars(select(Demand).order_by(Demand.position, Demand.id)):
            demand = DocumentDemand(each.kind, in_words(each), each.expires, each.encrypted, each.required, each.many)
            g.demands.setdefault(each.trade, {})[each.kind] = (demand, each.active)
    found: dict[str, dict[str, tuple[DocumentDemand, bool]]] = g.demands
    return found


def in_words(demand: Demand) -> LazyString:
    """The label in the language of whoever reads it; Chinese where there is no English."""
    chinese, english = demand.label_zh, demand.label_en
    return LazyString(lambda: english if english and str(get_locale() or "zh").startswith("en") else chinese)

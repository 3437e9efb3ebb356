"""Documents: handed in, confirmed, renewed, expired."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import BinaryIO

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.periods import business_day
from app.framework.database import lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.framework.manifest import DocumentDemand
from app.framework.settings import value_of
from app.kernel.approvals.models import Application, Case, Document
from app.kernel.approvals.operations.cases import for_platform, open_case
from app.kernel.approvals.queries import demand_of, demands_of, documents_of
from app.kernel.approvals.rules import is_expired, is_expiring
from app.kernel.audit.operations import append
from app.kernel.files.operations import store_document


class NotDemanded(Refusal):
    """The trade does not ask for a document of this kind."""

    code = "document.not_demanded"
    status = 422
    sentence = _l("这个行业不收这种证照")


class DocumentHasExpired(Refusal):
    """The last valid day has passed."""

    code = "document.expired"
    status = 422
    sentence = _l("已过期，换新证再传，或填延期后的日期")


class DocumentNeedsDate(Refusal):
    """A document that expires was handed in without its last valid day."""

    code = "document.needs_date"
    status = 422
    sentence = _l("填写有效期至哪一天")


class TooManyDocuments(Refusal):
    """As many of this kind as the trade takes are there."""

    code = "document.too_many"
    status = 409
    sentence = _l("最多 %(count)d 张，先移除一张")


class DocumentsLocked(Refusal):
    """The application is with the reviewers."""

    code = "document.locked"
    status = 409
    sentence = _l("申请正在审核，先撤回再改证照")


def attach_document(
    application: Application, kind: str, stream: BinaryIO, name: str, *,
    number: str = "", expires_on: date | None = None, actor: Actor, now: datetime,
) -> Document:
    """Hand in a document with the application. The only one of its kind takes the place of the one before; of photos there may be several."""
    demand = _demanded(application.trade, kind)
    application = lock(Application, application.id)
    if application.status in {"submitted", "approved"}:
        raise DocumentsLocked
    _check_date(demand, expires_on, now)
    present = [each for each in documents_of(application.merchant_id, application.trade) if each.kind == kind]
    if demand.many > 1 and len(present) >= demand.many:
        raise TooManyDocuments(count=demand.many, field="file")
    document = _keep(application.merchant_id, application.trade, demand, stream, name, number, expires_on, actor, now)
    if demand.many == 1:
        for each in present:
            move(each, "replace", actor=for_platform(actor), now=now)
    return document


def detach_document(document: Document, *, actor: Actor, now: datetime) -> Document:
    """Take a document out of an application that nobody has in hand."""
    document = lock(Document, document.id)
    if document.status != "pending":
        raise DocumentsLocked
    return move(document, "replace", actor=actor, now=now)


def renew_document(
    old: Document, stream: BinaryIO, name: str, *, number: str = "", expires_on: date | None = None, actor: Actor, now: datetime,
) -> Case:
    """Hand in the successor of a document that expires or has expired: a review case of its own; the old one holds until the decision."""
    demand = _demanded(old.trade, old.kind)
    _check_date(demand, expires_on, now)
    old = lock(Document, old.id)
    for each in documents_of(old.merchant_id, old.trade, ("pending",)):
        if each.kind == old.kind:
            move(each, "replace", actor=for_platform(actor), now=now)
    document = _keep(old.merchant_id, old.trade, demand, stream, name, number or old.number, expires_on, actor, now)
    snapshot = {"kind": str(demand.label), "number": document.number, "expires_on": expires_on.isoformat() if expires_on else ""}
    return open_case(
        f"{old.trade}.document", document, snapshot, label=f"{old.merchant.name} · {demand.label}", merchant_id=old.merchant_id, actor=actor, now=now,
    )


def _demanded(trade: str, kind: str) -> DocumentDemand:
    demand = next((each for each in demands_of(trade) if each.kind == kind), None)
    if demand is None:
        raise NotDemanded(field="kind")
    return demand


def _check_date(demand: DocumentDemand, expires_on: date | None, now: datetime) -> None:
    if demand.expires and expires_on is None:
        raise DocumentNeedsDate(field="expires_on")
    if is_expired(expires_on, business_day(now)):
        raise DocumentHasExpired(field="expires_on")


def _keep(
    merchant_id: int, trade: str, demand: DocumentDemand, stream: BinaryIO, name: str, number: str, expires_on: date | None,
    actor: Actor, now: datetime,
) -> Document:
    file = store_document(stream, name, encrypted=demand.encrypted, actor=actor, now=now, merchant_id=merchant_id)
    document = save(Document(
        merchant_id=merchant_id, trade=trade, kind=demand.kind, number=number.strip()[:40], file_id=file.id, expires_on=expires_on,
        created_at=now, updated_at=now,
    ))
    append("document.handed_in", document, actor=actor, now=now)
    return document


# ---- what decisions and days make of them ----------------------------------------------------------------------------------

def confirm_documents(documents: Iterable[Document], *, actor: Actor, now: datetime) -> None:
    """Those that wait hold from here on; an older one of the same kind stops to count when the kind is handed in once."""
    for document in documents:
        if document.status == "pending":
            confirm_document(document, actor=actor, now=now)


def confirm_document(document: Document, *, actor: Actor, now: datetime) -> Document:
    """The document holds; its predecessor is replaced."""
    demand = demand_of(document.trade, document.kind)
    if demand is not None and demand.many == 1:
        for each in documents_of(document.merchant_id, document.trade, ("valid", "expiring", "expired")):
            if each.kind == document.kind and each.id != document.id:
                move(each, "replace", actor=actor, now=now)
    document = move(document, "confirm", actor=actor, now=now)
    return move(document, "warn", actor=actor, now=now) if _is_expiring(document, business_day(now)) else document


def approve_document(case: Case, *, actor: Actor, now: datetime) -> None:
    """The renewed document holds; `document_renewed` tells the trade."""
    document = lock(Document, case.subject_id)
    if is_expired(document.expires_on, business_day(now)):
        raise DocumentHasExpired(field="expires_on")
    document = confirm_document(document, actor=actor, now=now)
    publish("document_renewed", merchant=document.merchant, document=document, actor=actor, now=now)


def reject_document(case: Case, *, actor: Actor, now: datetime, reason: str) -> None:
    """The renewal does not count; the old document holds as long as it did."""
    move(lock(Document, case.subject_id), "refuse", actor=actor, now=now, reason=reason)


def expire_document(key: int, *, actor: Actor, now: datetime) -> bool:
    """Past its last day the document expires and `document_expired` tells the trade; some days before, `document_expiring`, once.

    True when something happened; safe to repeat.
    """
    document, today = lock(Document, key), business_day(now)
    if is_expired(document.expires_on, today) and document.status in {"valid", "expiring"}:
        document = move(document, "expire", actor=actor, now=now)
        publish("document_expired", merchant=document.merchant, document=document, actor=actor, now=now)
        return True
    if _is_expiring(document, today) and document.status == "valid":
        document = move(document, "warn", actor=actor, now=now)
        publish("document_expiring", merchant=document.merchant, document=document, actor=actor, now=now)
        return True
    return False


def _is_expiring(document: Document, today: date) -> bool:
    return is_expiring(document.expires_on, today, value_of("approvals.warn_days"))

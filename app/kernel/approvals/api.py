"""Joining from a mini-program: a newcomer begins, fills in the application, hands in documents, and reads what became of it."""

from __future__ import annotations

from datetime import date, datetime

from flask import request
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Conflict, Invalid, NotFound
from app.framework.database import elevated, get
from app.framework.flow import WrongState
from app.framework.json_api import Api
from app.kernel.approvals import schemas
from app.kernel.approvals.checks import FIELDS
from app.kernel.approvals.flows import APPLICATION_FLOW
from app.kernel.approvals.models import Application, Document
from app.kernel.approvals.operations.applications import (
    EDITABLE,
    ApplicationLocked,
    NoSuchTrade,
    WorksAlready,
    join,
    missing_of,
    save_application,
    start_application,
    submit_application,
    take_back_application,
)
from app.kernel.approvals.operations.documents import (
    DocumentHasExpired,
    DocumentNeedsDate,
    DocumentsLocked,
    NotDemanded,
    TooManyDocuments,
    attach_document,
    detach_document,
)
from app.kernel.approvals.presenting import HIDDEN
from app.kernel.approvals.queries import application_of, demands_of, documents_of
from app.kernel.files.operations import ActiveDocument, FileBroken, FileKindRefused, FileTooLarge, TooManyPixels
from app.kernel.forms.queries import categories_of, fields_of, words_of
from app.kernel.parties.models import Merchant
from app.kernel.parties.operations.merchants import NameTaken
from app.kernel.parties.operations.phone_codes import CodeTooSoon, NotAPhone, WrongPhoneCode, send_phone_code
from app.kernel.parties.passwords import WeakPassword

api = Api("applications", "/api/v1", _l("入驻申请"))
READ, WRITE = ("approvals.application", "index"), ("approvals.application", "edit")
FILE = (FileBroken, FileKindRefused, FileTooLarge, TooManyPixels, ActiveDocument)


@api.post(
    "/joining/phone-code", summary=_l("发送入驻验证码"), who="customer", request=schemas.JoinPhoneIn, response=schemas.JoinCodeOut,
    errors=(NotAPhone, CodeTooSoon),
)
def send_join_code(body: schemas.JoinPhoneIn, actor: Actor, now: datetime) -> schemas.JoinCodeOut:
    """Six digits to the phone of whoever wants to join."""
    with elevated():
        send_phone_code(body.phone, "join", address=request.remote_addr or "", now=now)
    return schemas.JoinCodeOut(expires_in=300)


@api.post(
    "/joining", summary=_l("申请开店"), who="customer", request=schemas.JoinIn, response=schemas.ApplicationOut, status=201, idempotent=True,
    errors=(NoSuchTrade, WorksAlready, NotAPhone, WrongPhoneCode, NameTaken, WeakPassword),
)
def join_trade(body: schemas.JoinIn, actor: Actor, now: datetime) -> schemas.ApplicationOut:
    """A merchant that applies, with this customer as its owner. From here on the same token fills in the application."""
    made = join(**body.model_dump(), customer_id=actor.id, address=request.remote_addr or "", now=now)
    with elevated():
        return _out(made, now)


@api.post(
    "/applications/<trade>/begin", summary=_l("申请另一个行业"), who="member", right=WRITE, response=schemas.ApplicationOut, idempotent=True,
    errors=(NoSuchTrade,),
)
def begin(trade: str, actor: Actor, now: datetime) -> schemas.ApplicationOut:
    """The merchant's application to this trade: the one there is, or a new draft."""
    return _out(start_application(get(Merchant, actor.merchant_id), trade, actor=actor, now=now), now)


@api.get("/applications/<trade>", summary=_l("申请到哪一步"), who="member", right=READ, response=schemas.ApplicationOut, etag=True)
def show_application(trade: str, actor: Actor, now: datetime) -> schemas.ApplicationOut:
    """The application as it stands."""
    return _out(_application(trade, actor), now)


@api.post(
    "/applications/<trade>", summary=_l("填申请"), who="member", right=WRITE, request=schemas.ApplicationIn, response=schemas.ApplicationOut,
    errors=(ApplicationLocked, Conflict, Invalid),
)
def fill_in(trade: str, body: schemas.ApplicationIn, actor: Actor, now: datetime) -> schemas.ApplicationOut:
    """Keep what is filled in so far."""
    values = body.model_dump(exclude={"answers", "version"})
    return _out(save_application(_application(trade, actor), values, body.answers, actor=actor, now=now, version=body.version), now)


@api.post(
    "/applications/<trade>/documents", summary=_l("传证照"), who="member", right=WRITE, response=schemas.ApplicationOut,
    errors=(NotDemanded, DocumentHasExpired, DocumentNeedsDate, TooManyDocuments, DocumentsLocked, Invalid, *FILE),
)
def hand_in_document(trade: str, actor: Actor, now: datetime) -> schemas.ApplicationOut:
    """A multipart form: `file`, its `kind`, and where the document has them `number` and `expires_on` (`2027-11-30`)."""
    application, sent = _application(trade, actor), request.files.get("file")
    if sent is None or not sent.filename:
        raise FileBroken(field="file")
    attach_document(
        application, request.form.get("kind", ""), sent.stream, sent.filename, number=request.form.get("number", ""),
        expires_on=_day(request.form.get("expires_on", "")), actor=actor, now=now,
    )
    return _out(application, now)


@api.post(
    "/applications/<trade>/documents/<int:document_id>/remove", summary=_l("移除证照"), who="member", right=WRITE, response=schemas.ApplicationOut,
    idempotent=True, errors=(DocumentsLocked,),
)
def remove_document(trade: str, document_id: int, actor: Actor, now: datetime) -> schemas.ApplicationOut:
    """Take a document out again."""
    application, document = _application(trade, actor), get(Document, document_id)
    if document.trade != trade:
        raise NotFound
    if application.status not in EDITABLE:
        raise DocumentsLocked
    detach_document(document, actor=actor, now=now)
    return _out(application, now)


@api.post(
    "/applications/<trade>/submit", summary=_l("提交申请"), who="member", right=WRITE, response=schemas.ApplicationOut, idempotent=True,
    errors=(ApplicationLocked, Invalid),
)
def submit(trade: str, actor: Actor, now: datetime) -> schemas.ApplicationOut:
    """Hand it in to the reviewers; what is missing is named."""
    application = _application(trade, actor)
    submit_application(application, actor=actor, now=now)
    return _out(application, now)


@api.post(
    "/applications/<trade>/take-back", summary=_l("撤回申请"), who="member", right=WRITE, response=schemas.ApplicationOut, idempotent=True,
    errors=(WrongState,),
)
def take_back(trade: str, actor: Actor, now: datetime) -> schemas.ApplicationOut:
    """Back to a draft while nobody has decided."""
    return _out(take_back_application(_application(trade, actor), actor=actor, now=now), now)


def _application(trade: str, actor: Actor) -> Application:
    found = application_of(actor.merchant_id or 0, trade)
    if found is None:
        raise NotFound
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as wrong:
        raise Invalid(errors=[{"field": "expires_on", "code": "value", "message": str(_l("日期写成 2027-11-30 这样"))}]) from wrong


def _out(found: Application, now: datetime) -> schemas.ApplicationOut:
    editable = found.status in EDITABLE
    return schemas.ApplicationOut(
        trade=found.trade, merchant_id=found.merchant_id, status=found.status, status_words=str(APPLICATION_FLOW.state(found.status).label),
        reason=found.reason, editable=editable, version=found.version, submitted_at=found.submitted_at, category=found.category,
        categories=[schemas.ChoiceOut(name=name, label=str(label)) for name, label in categories_of(found.trade).items()],
        values={name: getattr(found, f"{name}_masked" if name in HIDDEN else name) for name in FIELDS}, answers=found.answers,
        fields=[
            schemas.FieldOut(
                name=each.name, label=words_of(each), kind=each.kind, required=each.required, choices=each.choices, category=each.category, help=each.help,
            )
            for each in fields_of(f"{found.trade}.application")
        ],
        demands=[
            schemas.DemandOut(kind=each.kind, label=str(each.label), required=each.required, expires=each.expires, many=each.many)
            for each in demands_of(found.trade)
        ],
        documents=[schemas.DocumentOut.model_validate(each) for each in documents_of(found.merchant_id, found.trade)],
        missing=[schemas.MissingOut(**each) for each in missing_of(found, now=now)] if editable else [],
    )

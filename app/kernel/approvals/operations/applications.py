"""A merchant's application: kept as a draft, handed in, and what a reviewer's decision makes of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor
from app.core.errors import Invalid, NotFound, Refusal
from app.core.identifiers import masked_name
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import elevated, get, lock
from app.framework.events import publish
from app.framework.flow import move
from app.framework.sealing import seal
from app.kernel.approvals.checks import application_faults, category_faults, document_faults
from app.kernel.approvals.flows import APPLICATION_FLOW
from app.kernel.approvals.models import Application, Case
from app.kernel.approvals.operations.cases import for_platform, open_case, withdraw_case
from app.kernel.approvals.operations.documents import confirm_documents
from app.kernel.approvals.presenting import application_snapshot
from app.kernel.approvals.queries import application_of, demands_of, documents_of, sealed_place
from app.kernel.approvals.reviewables import trade_of
from app.kernel.approvals.rules import masked_account
from app.kernel.audit.operations import append, differences
from app.kernel.forms.operations import validate_answers
from app.kernel.forms.queries import categories_of
from app.kernel.parties.models import Merchant, StaffUser
from app.kernel.parties.operations.merchants import add_member, open_merchant
from app.kernel.parties.operations.phone_codes import spend_phone_code
from app.kernel.parties.operations.work import account_of_customer, hold_links, link

EDITABLE = ("draft", "asked", "rejected")
PLAIN = ("company", "credit_code", "contact_name", "contact_phone", "address", "bank_name")


class ApplicationLocked(Refusal):
    """The application is with the reviewers or decided; only a draft changes."""

    code = "application.locked"
    status = 409
    sentence = _l("申请是“%(state)s”，不能再改；审核中可以先撤回")


class NoSuchTrade(Refusal):
    """No trade of that name takes applications."""

    code = "application.no_such_trade"
    status = 404
    sentence = _l("没有这个行业，或它不收入驻申请")


class WorksAlready(Refusal):
    """The customer is linked to an account that works for a merchant: that one applies."""

    code = "application.works_already"
    status = 409
    sentence = _l("这个微信已经连着一个工作账号，直接用它申请")


def join(
    name: str, trade: str, *, last_name: str, first_name: str, phone: str, code: str, username: str, password: str, customer_id: int | None = None,
    address: str, now: datetime,
) -> Application:
    """A newcomer's own beginning: a merchant that applies, its owner, an empty application. Nothing of it is on sale before approval.

    `code` was sent to `phone` for joining and is spent here; a `customer_id` works for the merchant from the mini-program. Raises NoSuchTrade,
    WorksAlready, WrongPhoneCode, and what the name and the password are refused for.
    """
    if trade_of(trade) is None:
        raise NoSuchTrade(field="trade")
    newcomer = Actor("public", None, f"{last_name}{first_name}", frozenset({"system"}), address=address)
    with elevated():
        if customer_id is not None:
            hold_links()
            if account_of_customer(customer_id) is not None:
                raise WorksAlready
        spend_phone_code(phone, "join", code, now=now)
        merchant = open_merchant(name, contact_name=newcomer.name, contact_phone=phone, actor=newcomer, now=now)
        owner = add_member(
            merchant, username=username, password=password, role="Owner", last_name=last_name, first_name=first_name, actor=newcomer, now=now,
        )
        if customer_id is not None:
            link(get(StaffUser, owner.user_id), customer_id, address=address, now=now)
        return start_application(merchant, trade, actor=newcomer, now=now)


def start_application(merchant: Merchant, trade: str, *, actor: Actor, now: datetime) -> Application:
    """The merchant's application to the trade: the one there is, or a new draft."""
    if trade_of(trade) is None:
        raise NoSuchTrade(field="trade")
    statement = insert(Application).values(
        merchant_id=merchant.id, trade=trade, status="draft", category="", company="", credit_code="", legal_person_masked="",
        contact_name=merchant.contact_name, contact_phone=merchant.contact_phone, address="", bank_name="", bank_account_masked="", answers={}, reason="",
        version=1, created_at=now, updated_at=now,
    ).on_conflict_do_nothing(index_elements=["merchant_id", "trade"]).returning(Application.id)
    made = db.session.execute(statement).scalar_one_or_none()
    application = application_of(merchant.id, trade)
    if application is None:
        raise NotFound
    if made is not None:
        append("application.started", application, actor=actor, now=now)
    return application


def save_application(
    application: Application, values: dict[str, Any], answers: dict[str, Any], *, actor: Actor, now: datetime, version: int | None = None,
) -> Application:
    """Keep what was typed so far. What is filled in must be right, what is missing may wait until it is handed in.

    `legal_person` and `bank_account` are plain text and are sealed here; left empty they keep what is there. Raises Invalid, ApplicationLocked.
    """
    application = lock(Application, application.id, version=version)
    _refuse_unless_editable(application)
    category = str(values.get("category") or "")
    stored = validate_answers(f"{application.trade}.application", answers, whole=False, category=category)
    plain = {name: str(values.get(name) or "").strip() for name in PLAIN}
    plain["credit_code"] = plain["credit_code"].upper()
    secrets = {name: str(values.get(name) or "").strip() for name in ("legal_person", "bank_account")}
    faults = [*category_faults(categories_of(application.trade), category), *application_faults({**plain, **secrets})]
    if faults:
        raise Invalid(errors=faults)
    before = application_snapshot(application, ())
    for name, value in plain.items():
        setattr(application, name, value)
    _seal(application, secrets)
    application.category, application.answers = category, stored
    changes = differences(before, application_snapshot(application, ()))
    if changes:
        append("application.saved", application, actor=actor, now=now, changes=changes)
    db.session.flush()
    return application


def _seal(application: Application, secrets: dict[str, str]) -> None:
    if secrets["legal_person"]:
        application.legal_person_sealed = seal(secrets["legal_person"], sealed_place(application, "legal_person"))
        application.legal_person_masked = masked_name(secrets["legal_person"])
    if secrets["bank_account"]:
        digits = secrets["bank_account"].replace(" ", "")
        application.bank_account_sealed = seal(digits, sealed_place(application, "bank_account"))
        application.bank_account_masked = masked_account(digits)


def submit_application(application: Application, *, actor: Actor, now: datetime) -> Case:
    """Hand the application in: everything required is there, every document demanded is in date; a case waits on the review desk.

    Raises Invalid with each field and document at fault.
    """
    application = lock(Application, application.id)
    _refuse_unless_editable(application)
    documents, faults = documents_of(application.merchant_id, application.trade), missing_of(application, now=now)
    if faults:
        raise Invalid(errors=faults)
    application.submitted_at, application.reason = now, ""
    move(application, "submit", actor=actor, now=now)
    return open_case(
        f"{application.trade}.application", application, application_snapshot(application, documents), label=application.merchant.name,
        merchant_id=application.merchant_id, actor=actor, now=now,
    )


def missing_of(application: Application, *, now: datetime) -> list[dict[str, Any]]:
    """Everything that keeps the application from being handed in: each field and document with its sentence."""
    return [
        *category_faults(categories_of(application.trade), application.category, whole=True), *application_faults(_whole(application), whole=True),
        *_answer_faults(application),
        *document_faults(demands_of(application.trade), documents_of(application.merchant_id, application.trade), business_day(now)),
    ]


def hand_in_again(case: Case, *, actor: Actor, now: datetime) -> Case:
    """The rejected application of a case waits for a reviewer as it is."""
    return submit_application(get(Application, case.subject_id), actor=actor, now=now)


def _whole(application: Application) -> dict[str, str]:
    """The values as they are checked before handing in: of the sealed ones it is enough that they are there."""
    kept = {name: getattr(application, name) for name in PLAIN}
    return {**kept, "legal_person": application.legal_person_masked, "bank_account": "00000000" if application.bank_account_sealed else ""}


def _answer_faults(application: Application) -> list[dict[str, Any]]:
    try:
        validate_answers(f"{application.trade}.application", application.answers, category=application.category)
    except Invalid as refusal:
        return [each for each in refusal.errors if each["code"] != "unknown"]
    return []


def take_back_application(application: Application, *, actor: Actor, now: datetime) -> Application:
    """Back to a draft while nobody has decided; its case leaves the desk."""
    application = move(application, "take_back", actor=actor, now=now)
    withdraw_case(f"{application.trade}.application", application, actor=actor, now=now)
    return application


def _refuse_unless_editable(application: Application) -> None:
    if application.status not in EDITABLE:
        raise ApplicationLocked(state=str(APPLICATION_FLOW.state(application.status).label))


# ---- what a decision makes of it -------------------------------------------------------------------------------------------

def approve_application(case: Case, *, actor: Actor, now: datetime) -> None:
    """The merchant is admitted, once, and gets the trade; its documents hold; `merchant_admitted` tells the trade."""
    application = lock(Application, case.subject_id)
    documents = documents_of(application.merchant_id, application.trade)
    faults = document_faults(demands_of(application.trade), documents, business_day(now))
    if faults:
        raise Invalid(errors=faults)
    application.decided_at = now
    application = move(application, "approve", actor=actor, now=now)
    confirm_documents(documents, actor=actor, now=now)
    merchant = lock(Merchant, application.merchant_id)
    if application.trade not in merchant.trades:
        merchant.trades = [*merchant.trades, application.trade]
    if merchant.status == "applying":
        merchant = move(merchant, "admit", actor=actor, now=now)
    publish("merchant_admitted", merchant=merchant, trade=application.trade, application=application, actor=actor, now=now)


def reject_application(case: Case, *, actor: Actor, now: datetime, reason: str) -> None:
    """The applicant reads why, may change it and hand it in again."""
    _answer("reject", case, actor, now, reason)


def ask_application(case: Case, *, actor: Actor, now: datetime, reason: str) -> None:
    """The applicant reads what is missing, and hands it in."""
    _answer("ask", case, actor, now, reason)


def _answer(decision: str, case: Case, actor: Actor, now: datetime, reason: str) -> None:
    application = lock(Application, case.subject_id)
    application.decided_at, application.reason = now, reason
    move(application, decision, actor=for_platform(actor), now=now, reason=reason)

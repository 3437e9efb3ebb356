"""Accounts to pay to: proposed by the party, in force after finance looked at it; the first one comes from the approved application."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import save
from app.framework.flow import move as flow_move
from app.framework.sealing import seal, unseal
from app.kernel.approvals.models import Application
from app.kernel.approvals.queries import unsealed
from app.kernel.approvals.rules import masked_account
from app.kernel.audit.operations import append
from app.kernel.governance.operations import SamePerson, approve_as_second, maker_name
from app.kernel.settlement.models import PayeeAccount
from app.kernel.settlement.queries import account_in_force

SYSTEM = system("settlement")
CARD, OPENID = re.compile(r"\d{8,30}", re.ASCII), re.compile(r"[0-9A-Za-z_-]{6,64}", re.ASCII)


class NotANumber(Refusal):
    """No bank card has such a number, no wallet such an openid."""

    code = "settlement.not_an_account"
    status = 422
    sentence = _l("收款账号不对：银行卡是 8 到 30 位数字，微信零钱填 openid")


class BankMissing(Refusal):
    """A bank card needs the name of its bank."""

    code = "settlement.bank_missing"
    status = 422
    sentence = _l("写明开户银行")


class OwnAccount(SamePerson):
    """Whoever proposed an account may not approve it."""

    code = "settlement.own_account"
    sentence = _l("自己提的收款账户要由另一个人批准")


def propose_account(
    *, owner_kind: str, owner_id: int, method: str, holder: str, bank_name: str, number: str, reason: str, actor: Actor, now: datetime,
) -> PayeeAccount:
    """A draft that takes the place of the account in force once finance approves it. Refuses NotANumber, BankMissing."""
    digits = number.replace(" ", "")
    if not (CARD if method == "bank" else OPENID).fullmatch(digits):
        raise NotANumber(field="number")
    if method == "bank" and not bank_name:
        raise BankMissing(field="bank_name")
    account = save(PayeeAccount(
        owner_kind=owner_kind, owner_id=owner_id, merchant_id=owner_id if owner_kind == "merchant" else None, method=method, holder=holder,
        bank_name=bank_name if method == "bank" else "", number_masked=masked_account(digits), reason=reason, made_by=maker_name(actor),
    ))
    account.number_sealed = seal(digits, account.place)
    db.session.flush()
    append("settle_account.proposed", account, actor=actor, now=now, reason=reason, changes={"number_masked": [None, account.number_masked]})
    return account


def put_in_force(account: PayeeAccount, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: the account before it ends. What is on its way goes where it was sent."""
    approve_as_second(account, actor=actor, now=now, refusal=OwnAccount)
    before = db.session.scalars(select(PayeeAccount).where(
        PayeeAccount.owner_kind == account.owner_kind, PayeeAccount.owner_id == account.owner_id, PayeeAccount.status == "approved",
        PayeeAccount.id != account.id,
    )).one_or_none()
    if before is not None:
        flow_move(before, "end", actor=SYSTEM, now=now)


def number_of(account: PayeeAccount) -> str:
    """The whole number. The caller leaves a line in the audit."""
    return unseal(account.number_sealed, account.place)


def adopt_application(*, record: Any, flow: Any, move: Any, actor: Actor, now: datetime, **_: Any) -> None:
    """Handler of `record_moved`: the account of an approved application is the merchant's first; two people have seen it."""
    if not isinstance(record, Application) or move.target != "approved" or not record.bank_account_sealed:
        return
    if account_in_force("merchant", record.merchant_id) is not None:
        return
    applicant = Actor("member", None, str(_l("入驻申请")))
    account = propose_account(
        owner_kind="merchant", owner_id=record.merchant_id, method="bank", holder=record.company, bank_name=record.bank_name,
        number=unsealed(record)["bank_account"], reason=str(_l("入驻申请")), actor=applicant, now=now,
    )
    flow_move(account, "approve", actor=actor, now=now)

"""A paid order gives vouchers: a code each, a use for each of their lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.actors import Actor
from app.extensions import db
from app.framework.database import elevated
from app.framework.live import announce
from app.framework.sealing import blind_index, seal, unseal
from app.kernel.audit.operations import append
from app.kernel.orders.models import Order
from app.kernel.redemption.models import Voucher, VoucherUse
from app.kernel.redemption.rules import new_code


@dataclass(frozen=True)
class Draft:
    """A voucher about to be issued: what it is for, the lines of the order that are its uses, when and where it holds."""

    title: str
    subject_id: int
    line_ids: tuple[int, ...]
    valid_from: datetime
    valid_until: datetime
    store_ids: tuple[int, ...]
    closed_weekdays: tuple[int, ...] = ()
    closed_days: tuple[str, ...] = ()


def issue_vouchers(order: Order, drafts: Sequence[Draft], *, actor: Actor, now: datetime) -> list[Voucher]:
    """The customer has the vouchers, each with a code that nobody else knows. The caller locked the order. Runs elevated."""
    lines = {line.id: line for line in order.lines}
    made = [_issue(order, draft, [lines[key].payable for key in draft.line_ids]) for draft in drafts]
    with elevated():
        db.session.add_all(made)
        db.session.flush()
        append("redeem_voucher.issued", made[0], actor=actor, now=now, changes={"count": [None, len(made)]})
        announce(topic_of(order.customer_id), order=order.id)
    return made


def code_of(voucher: Voucher) -> str:
    """The twelve digits, for the customer's eyes."""
    return unseal(voucher.sealed, _place(voucher.code_hash))


def hash_of(code: str) -> str:
    """What a code is found by."""
    return blind_index(code, "voucher")


def topic_of(customer_id: int) -> str:
    """What a customer's open pages listen to."""
    return f"customer:{customer_id}:vouchers"


def _issue(order: Order, draft: Draft, amounts: Sequence[int]) -> Voucher:
    code = new_code()
    code_hash = hash_of(code)
    whose = {"merchant_id": order.merchant_id, "customer_id": order.customer_id}
    return Voucher(
        code_hash=code_hash, sealed=seal(code, _place(code_hash)), tail=code[-4:], trade=order.trade, **whose, customer_name=order.customer_name,
        order_id=order.id, order_number=order.number, subject_id=draft.subject_id, title=draft.title, uses=len(draft.line_ids), paid=sum(amounts),
        valid_from=draft.valid_from, valid_until=draft.valid_until, closed_weekdays=list(draft.closed_weekdays), closed_days=list(draft.closed_days),
        store_ids=list(draft.store_ids),
        all_uses=[
            VoucherUse(**whose, seq=seq, line_id=line_id, amount=amount)
            for seq, (line_id, amount) in enumerate(zip(draft.line_ids, amounts, strict=True), start=1)
        ],
    )


def _place(code_hash: str) -> str:
    return f"redeem_voucher:sealed:{code_hash}"

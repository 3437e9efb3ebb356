"""What a cashier scanned or typed, and which vouchers it brings up at his store."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.identifiers import same_code
from app.extensions import db
from app.framework.database import elevated
from app.framework.sealing import blind_index
from app.kernel.redemption.models import LIVE, RedeemStore, Voucher
from app.kernel.redemption.operations.guarding import count_wrong, refuse_locked
from app.kernel.redemption.operations.issuing import hash_of
from app.kernel.redemption.queries import store_for
from app.kernel.redemption.rules import CUSTOMER_PREFIX, GRACE, LIVES, MAC_LENGTH, Shown, customer_payload, is_code, read_customer_payload, typed_code

SHOWN_AT_MOST = 20
TICKET_LIVES = timedelta(minutes=5)


class Mistyped(Refusal):
    """The digits do not fit together: a slip of the finger, which is not counted."""

    code = "redeem.mistyped"
    status = 422
    sentence = _l("券码是 12 位数字，再核对一遍：可能输错或漏了一位")


class UnknownCode(Refusal):
    """No voucher has this code. Counted."""

    code = "redeem.unknown_code"
    status = 404
    sentence = _l("没有这个券码，请顾客再出示一次")


class CodeOver(Refusal):
    """The customer's code changes every minute; this one is over, or not ours."""

    code = "redeem.code_over"
    status = 409
    sentence = _l("顾客的码过期了，请顾客刷新后再扫")


class NotHere(Refusal):
    """The voucher is for other stores, or the customer has none for this one."""

    code = "redeem.not_here"
    status = 409
    sentence = _l("“%(store)s”没有可以核销的券：可能是别家店的，或者已经用完、退款、过期")


@dataclass(frozen=True)
class Found:
    """What a code brought up: vouchers that the store may redeem. `whose` is the customer's name when his one code was shown, else empty."""

    store: RedeemStore
    vouchers: Sequence[Voucher]
    whose: str = ""


def show_customer_code(customer_id: int, *, now: datetime) -> tuple[str, datetime]:
    """The customer's one code for every merchant, and when the next one is due."""
    until = int(now.timestamp()) + LIVES
    return customer_payload(customer_id, until, _sign), datetime.fromtimestamp(until, UTC)


def find(code: str, *, store_id: int, actor: Actor, now: datetime) -> Found:
    """The vouchers that the code stands for, at this store alone.

    Refuses NotYourStore, TooManyTries, Mistyped, UnknownCode (counted), CodeOver, NotHere.
    """
    store = store_for(actor, store_id)
    refuse_locked(store.id, actor=actor, now=now)
    if code.strip().startswith(f"{CUSTOMER_PREFIX}."):
        return _of_customer(code, store, actor=actor, now=now)
    digits = typed_code(code)
    if not is_code(digits):
        raise Mistyped(field="code")
    with elevated():
        voucher = db.session.scalars(select(Voucher).where(Voucher.code_hash == hash_of(digits))).one_or_none()
    if voucher is None:
        count_wrong(store.id, actor=actor, now=now)
        raise UnknownCode(field="code")
    if store.id not in voucher.store_ids:
        raise NotHere(field="code", store=store.name)
    return Found(store, (voucher,))


def _of_customer(code: str, store: RedeemStore, *, actor: Actor, now: datetime) -> Found:
    shown = read_customer_payload(code)
    if shown is None or not _ours(shown):
        count_wrong(store.id, actor=actor, now=now)
        raise CodeOver(field="code")
    if now.timestamp() > shown.until + GRACE:
        raise CodeOver(field="code")
    with elevated():
        statement = select(Voucher).where(
            Voucher.customer_id == shown.customer_id, Voucher.status == LIVE, Voucher.valid_until > now, Voucher.store_ids.any(store.id),  # type: ignore[arg-type]
        )
        vouchers = db.session.scalars(statement.order_by(Voucher.valid_until, Voucher.id).limit(SHOWN_AT_MOST)).all()
    if not vouchers:
        raise NotHere(field="code", store=store.name)
    return Found(store, vouchers, vouchers[0].customer_name)


def _ours(shown: Shown) -> bool:
    return same_code(shown.mac.upper(), _sign(shown.body)[:MAC_LENGTH].upper())


def _sign(body: str) -> str:
    return blind_index(body, "customer-code")


# ---- between looking up and redeeming: what was found, for this cashier at this store, for a few minutes --------------------

class LookUpAgain(Refusal):
    """The voucher was looked up too long ago, by somebody else, or at another store."""

    code = "redeem.look_up_again"
    status = 409
    sentence = _l("隔得太久了，重新扫一次券码")


def ticket_of(voucher_id: int, *, store_id: int, actor: Actor, now: datetime) -> str:
    """What lets this cashier redeem the voucher at this store without the code: nobody redeems what he was not shown."""
    body = f"{voucher_id:x}.{int((now + TICKET_LIVES).timestamp()):x}"
    return f"{body}.{_ticket_mac(body, store_id, actor)}"


def voucher_of_ticket(ticket: str, *, store_id: int, actor: Actor, now: datetime) -> int:
    """The voucher that the ticket was given out for. Refuses LookUpAgain."""
    body, _dot, mac = ticket.rpartition(".")
    voucher, _dot, until = body.partition(".")
    if not re.fullmatch(r"[0-9a-f]{1,15}\.[0-9a-f]{1,11}", body) or not same_code(mac.upper(), _ticket_mac(body, store_id, actor).upper()):
        raise LookUpAgain
    if now.timestamp() > int(until, 16):
        raise LookUpAgain
    return int(voucher, 16)


def _ticket_mac(body: str, store_id: int, actor: Actor) -> str:
    return blind_index(f"{body}.{store_id}.{actor.kind}.{actor.id}", "redeem-ticket")[:MAC_LENGTH]

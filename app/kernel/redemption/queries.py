"""Reads of stores, vouchers, and redemptions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.core.actors import Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated
from app.kernel.parties.models import Membership
from app.kernel.parties.roles import RUNNERS
from app.kernel.redemption.models import LIVE, RedeemClerk, RedeemStore, Redemption, Voucher, VoucherUse

LAST = 10


class NotYourStore(Refusal):
    """The cashier may not redeem at this store, or it is closed."""

    code = "redeem.not_your_store"
    status = 403
    sentence = _l("你不能在这家门店核销，请店长给你开通")


def stores_for(actor: Actor) -> list[RedeemStore]:
    """Where the actor may redeem: owners and managers at every open store of theirs, cashiers where they were let."""
    if actor.merchant_id is None:
        return []
    statement = select(RedeemStore).where(RedeemStore.merchant_id == actor.merchant_id, RedeemStore.status == "open").order_by(RedeemStore.id)
    if not actor.may_act_as(RUNNERS):
        let = select(RedeemClerk.store_id).where(RedeemClerk.user_id == actor.id, RedeemClerk.merchant_id == actor.merchant_id)
        statement = statement.where(RedeemStore.id.in_(let))
    return list(db.session.scalars(statement))


def store_for(actor: Actor, store_id: int) -> RedeemStore:
    """The store, when the actor may redeem there. Raises NotYourStore, the same for absent, foreign, closed, and not let."""
    found = next((store for store in stores_for(actor) if store.id == store_id), None)
    if found is None:
        raise NotYourStore(field="store")
    return found


def stores_of(merchant_id: int) -> list[RedeemStore]:
    """Every store of the merchant, open or not."""
    return list(db.session.scalars(select(RedeemStore).where(RedeemStore.merchant_id == merchant_id).order_by(RedeemStore.id)))


def stores_named(store_ids: Iterable[int]) -> dict[int, str]:
    """Id → `商户 · 门店`, of whatever merchants the stores are."""
    with elevated():
        statement = select(RedeemStore).where(RedeemStore.id.in_(list(store_ids))).options(joinedload(RedeemStore.merchant)).order_by(RedeemStore.id)
        return {store.id: f"{store.merchant.name} · {store.name}" for store in db.session.scalars(statement)}


def cashiers_of(merchant_id: int) -> dict[int, str]:
    """User → name, of the members who redeem only where they are let."""
    statement = select(Membership.user_id, Membership.name).where(
        Membership.merchant_id == merchant_id, Membership.role == "Cashier", Membership.active,
    )
    return dict(db.session.execute(statement.order_by(Membership.id)).tuples().all())


def clerks_of(store_id: int) -> list[RedeemClerk]:
    """The cashiers who may redeem at the store."""
    return list(db.session.scalars(select(RedeemClerk).where(RedeemClerk.store_id == store_id).order_by(RedeemClerk.id)))


def last_redemptions(store_id: int, *, most: int = LAST) -> Sequence[Redemption]:
    """The newest at the store."""
    return db.session.scalars(select(Redemption).where(Redemption.store_id == store_id).order_by(Redemption.id.desc()).limit(most)).all()


def redeemed_since(store_id: int, since: datetime) -> tuple[int, int]:
    """(how many uses, fen) that stand at the store since then."""
    statement = select(func.coalesce(func.sum(Redemption.count), 0), func.coalesce(func.sum(Redemption.amount), 0)).where(
        Redemption.store_id == store_id, Redemption.redeemed_at >= since, Redemption.status != "undone",
    )
    count, fen = db.session.execute(statement).one()
    return int(count), int(fen)


def uses_of_redemption(redemption_id: int) -> Sequence[VoucherUse]:
    """The uses that a redemption took."""
    return db.session.scalars(select(VoucherUse).where(VoucherUse.redemption_id == redemption_id).order_by(VoucherUse.seq)).all()


def use_amounts(voucher_id: int) -> list[int]:
    """What the next 1, 2, 3 … uses of the voucher come to in fen, of whichever merchant it is."""
    with elevated():
        statement = select(VoucherUse.amount).where(VoucherUse.voucher_id == voucher_id, VoucherUse.state == LIVE).order_by(VoucherUse.seq)
        return list(accumulate(db.session.scalars(statement)))


def redemption_of_order(order_id: int) -> Redemption | None:
    """The redemption whose money the order carries; None for an order that was bought."""
    return db.session.scalars(select(Redemption).where(Redemption.order_id == order_id)).one_or_none()


def vouchers_of_customer(customer_id: int, *, status: str | None, after: int | None, most: int) -> Sequence[Voucher]:
    """The customer's vouchers, newest first, before the one `after`."""
    statement = select(Voucher).where(Voucher.customer_id == customer_id).options(joinedload(Voucher.merchant)).order_by(Voucher.id.desc()).limit(most)
    statement = statement.where(Voucher.status == status) if status else statement
    return db.session.scalars(statement.where(Voucher.id < after) if after else statement).all()


def vouchers_of_order(order_id: int) -> Sequence[Voucher]:
    """The vouchers that the order gave."""
    statement = select(Voucher).where(Voucher.order_id == order_id).options(joinedload(Voucher.merchant)).order_by(Voucher.id)
    return db.session.scalars(statement).all()


def redemptions_of_voucher(voucher_id: int) -> Sequence[Redemption]:
    """What was redeemed of the voucher, undone ones too, newest first; whichever merchant's store it was."""
    with elevated():
        statement = select(Redemption).where(Redemption.voucher_id == voucher_id).options(joinedload(Redemption.store)).order_by(Redemption.id.desc())
        return db.session.scalars(statement).all()


def due_redemptions(now: datetime, most: int) -> Sequence[int]:
    """Keys of redemptions that can be undone no more and wait to be completed."""
    statement = select(Redemption.id).where(Redemption.status == "held", Redemption.undo_until < now).order_by(Redemption.undo_until, Redemption.id)
    return db.session.scalars(statement.limit(most)).all()


def over_vouchers(now: datetime, most: int, but: Iterable[int] = ()) -> Sequence[int]:
    """Keys of vouchers with unused uses whose time is over."""
    statement = select(Voucher.id).where(Voucher.status == LIVE, Voucher.valid_until <= now, Voucher.id.not_in(list(but)))
    return db.session.scalars(statement.order_by(Voucher.valid_until, Voucher.id).limit(most)).all()


def ending_vouchers(now: datetime, days: int, most: int) -> Sequence[Voucher]:
    """Vouchers with unused uses whose time is over within so many days, and whose owners were not told."""
    until = now + timedelta(days=days)
    statement = select(Voucher).where(Voucher.status == LIVE, Voucher.valid_until > now, Voucher.valid_until <= until, Voucher.warned_at.is_(None))
    return db.session.scalars(statement.order_by(Voucher.valid_until, Voucher.id).limit(most)).all()

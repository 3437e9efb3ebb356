"""Price, order, issue: a purchase of a deal from the basket to its codes, and what ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select, update

from app.core.actors import Actor
from app.core.errors import Invalid, NotFound, Refusal
from app.core.flows import Move
from app.core.money import yuan
from app.extensions import db
from app.framework.database import elevated, lock
from app.framework.queue import enqueue
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.marketing.campaigns.models import Campaign
from app.kernel.marketing.campaigns.operations import take_campaign
from app.kernel.marketing.campaigns.queries import running_campaign
from app.kernel.marketing.campaigns.rules import taken_off
from app.kernel.marketing.operations import take_offers, use_offers
from app.kernel.marketing.rules import Applied, Goods, parts_of
from app.kernel.orders.models import OrderLine
from app.kernel.orders.operations import close_order, complete_order, payments_that_paid, place_order
from app.kernel.orders.rules import LineDraft, Price, price_with
from app.kernel.orders.splitting import end_when_empty
from app.kernel.payments.tenders import channels_in_hand
from app.kernel.redemption.models import Voucher
from app.kernel.redemption.operations.issuing import Draft, issue_vouchers
from app.verticals.vouchers.models import VoucherDeal, VoucherOrder
from app.verticals.vouchers.models.orders import BOUGHT
from app.verticals.vouchers.queries import store_ids_of
from app.verticals.vouchers.rules import MOST_LINES, MOST_PIECES, drafts_of, ends_at

FEE_KINDS = ("commission", "redemption_fee")


class NotOnSale(Refusal):
    """The deal is not sold, its last day is over, or no store takes it."""

    code = "vouchers.not_on_sale"
    status = 409
    sentence = _l("“%(deal)s”现在不卖")


class SoldOut(Refusal):
    """Fewer pieces are left than were asked for."""

    code = "vouchers.sold_out"
    status = 409
    sentence = _l("“%(deal)s”卖完了，或者没有那么多份")


class OverLimit(Refusal):
    """A customer may buy so many pieces of the deal in all."""

    code = "vouchers.over_limit"
    status = 409
    sentence = _l("“%(deal)s”每人限购 %(most)d 份")


class PriceChanged(Refusal):
    """The total is not what the customer agreed to."""

    code = "vouchers.price_changed"
    status = 409
    sentence = _l("价格变了，现在是 %(payable)s，确认后重新下单")


class NoCash(Refusal):
    """What is used later, and by whichever store, is paid through the platform."""

    code = "vouchers.no_cash"
    status = 409
    sentence = _l("券不能收现金：核销前钱由平台托管，请顾客在小程序里付")


@dataclass(frozen=True)
class Wish:
    """`count` pieces of a deal; `expected` is the total shown to the customer in fen. `claims` are coupons the customer chose, None lets the best be
    chosen."""

    deal_id: int
    count: int = 1
    expected: int | None = None
    claims: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Quote:
    """What the wish would cost, until when the codes would hold, and what is in it: coupons, and what a joint campaign takes off each line."""

    deal: VoucherDeal
    price: Price
    valid_until: datetime
    coupons: tuple[Applied, ...]
    campaign: Campaign | None = None
    joint: tuple[int, ...] = ()


def preview(wish: Wish, *, customer_id: int, now: datetime) -> Quote:
    """The price as ordering would make it. Refuses what ordering would refuse, except stock and the limit a person. Runs elevated."""
    if not 1 <= wish.count <= MOST_PIECES:
        raise Invalid(errors=[{"field": "count", "code": "range", "message": str(_l("一次买 1 到 %(most)d 份", most=MOST_PIECES))}])
    deal = db.session.get(VoucherDeal, wish.deal_id)
    if deal is None or deal.status in ("draft", "rejected"):
        raise NotFound(field="deal_id")
    valid_until = ends_at(now, deal.valid_days, deal.last_day)
    if deal.status != "on_sale" or valid_until <= now or not store_ids_of(deal.id):
        raise NotOnSale(field="deal_id", deal=deal.title)
    if deal.uses * wish.count > MOST_LINES:
        raise Invalid(errors=[{"field": "count", "code": "range", "message": str(_l("一单最多 %(most)d 次，分几单买", most=MOST_LINES))}])
    drafts = drafts_of(deal.title, deal.id, deal.price, deal.uses, wish.count)
    campaign = running_campaign(merchant_id=deal.merchant_id, trade="vouchers", now=now)
    amounts = [draft.amount for draft in drafts]
    joint = taken_off(amounts, campaign.ppm, campaign.budget - campaign.given) if campaign else [0] * len(drafts)
    applied = _coupons(deal, wish, drafts, joint, customer_id, now)
    own, platform = (parts_of(applied, side, len(drafts)) for side in ("merchant", "platform"))
    cost = price_with(drafts, own, [fen + part for fen, part in zip(platform, joint, strict=True)])
    return Quote(deal, cost, valid_until, tuple(applied), campaign if any(joint) else None, tuple(joint))


def order(wish: Wish, *, actor: Actor, now: datetime) -> VoucherOrder:
    """Place the order: pieces are taken, fees are frozen use by use, payment is due within the minutes of the setting. The customer is the actor."""
    with elevated():
        quote = preview(wish, customer_id=actor.id or 0, now=now)
        deal, cost = quote.deal, quote.price
        if wish.expected is not None and wish.expected != cost.payable:
            raise PriceChanged(field="expected", payable=yuan(cost.payable))
        _take(deal, wish.count, actor.id or 0)
        placed = place_order(
            VoucherOrder, cost, prefix="Q", merchant_id=deal.merchant_id, customer_id=actor.id or 0, customer_name=actor.name, fee_kinds=FEE_KINDS,
            pay_within=timedelta(minutes=value_of("vouchers.pay_within")), kind=BOUGHT, now=now, deal_id=deal.id, count=wish.count,
        )
        use_offers(
            quote.coupons, order_id=placed.id, order_number=placed.number, merchant_id=placed.merchant_id, customer_id=placed.customer_id, now=now,
        )
        if quote.campaign is not None:
            take_campaign(quote.campaign.id, {line.id: fen for line, fen in zip(placed.lines, quote.joint, strict=True)}, order_id=placed.id, now=now)
        append("vouchers_order.placed", placed, actor=actor, now=now)
        enqueue("cancel_unpaid_vouchers", at=placed.pay_by + timedelta(seconds=5), key=f"unpaid:{placed.id}")
    return placed


def on_paid(order: VoucherOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Each piece is a voucher with a code, good at the stores that take the deal at this moment. Refuses NoCash."""
    with elevated():
        if any(payment.channel in channels_in_hand() for payment in payments_that_paid(order)):
            raise NoCash
        deal = db.session.get_one(VoucherDeal, order.deal_id)
        stores = tuple(store_ids_of(deal.id))
        lines = sorted(order.lines, key=lambda line: line.seq)
        drafts = [
            Draft(
                title=deal.title, subject_id=deal.id, line_ids=tuple(line.id for line in piece), valid_from=now,
                valid_until=ends_at(order.placed_at, deal.valid_days, deal.last_day), store_ids=stores, closed_weekdays=tuple(deal.closed_weekdays),
                closed_days=tuple(deal.closed_days),
            )
            for _piece, piece in groupby(lines, key=_piece_of)
        ]
        issue_vouchers(order, drafts, actor=actor, now=now)


def on_cancelled(order: VoucherOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Never paid: the pieces are for sale again."""
    with elevated():
        db.session.execute(update(VoucherDeal).where(VoucherDeal.id == order.deal_id).values(sold=VoucherDeal.sold - order.count, updated_at=now))
        close_order(order, now=now)


def on_voucher_moved(*, record: Any, move: Move, **_: Any) -> None:
    """Handler of `record_moved`: a piece whose voucher was refunded before any use is for sale again, and its customer may buy another. One that
    expired is not: its time was taken."""
    if not isinstance(record, Voucher) or record.trade != "vouchers" or move.name != "refund":
        return
    with elevated():
        order = lock(VoucherOrder, record.order_id)
        order.returned += 1
        db.session.flush()
        db.session.execute(update(VoucherDeal).where(VoucherDeal.id == order.deal_id).values(sold=VoucherDeal.sold - 1, updated_at=record.updated_at))


def on_nothing_left(order: VoucherOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Everything was redeemed or went back."""
    with elevated():
        end_when_empty(order, now=now)


def on_finished(order: VoucherOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """A redemption stands: its money is shared out."""
    complete_order(order, now=now)


def _piece_of(line: OrderLine) -> int:
    return int(line.details["piece"])


def _take(deal: VoucherDeal, count: int, customer_id: int) -> None:
    """The pieces are this customer's. The row that is changed makes orders for the deal wait for each other, so that no limit is passed by many at once."""
    taken = db.session.execute(
        update(VoucherDeal)
        .where(
            VoucherDeal.id == deal.id, VoucherDeal.status == "on_sale",
            or_(VoucherDeal.quantity.is_(None), VoucherDeal.sold + count <= VoucherDeal.quantity),
        )
        .values(sold=VoucherDeal.sold + count).returning(VoucherDeal.id).execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        raise SoldOut(field="count", deal=deal.title)
    if deal.per_customer:
        mine = select(func.coalesce(func.sum(VoucherOrder.count - VoucherOrder.returned), 0)).where(
            VoucherOrder.deal_id == deal.id, VoucherOrder.customer_id == customer_id, VoucherOrder.status != "cancelled",
        )
        if int(db.session.execute(mine).scalar_one()) + count > deal.per_customer:
            raise OverLimit(field="count", deal=deal.title, most=deal.per_customer)


def _coupons(deal: VoucherDeal, wish: Wish, drafts: list[LineDraft], joint: Sequence[int], customer_id: int, now: datetime) -> list[Applied]:
    """What coupons take off after the campaign; every use is left with a fen to pay, so that each can be redeemed and refunded."""
    lines = [Goods(draft.product_id, draft.amount - fen) for draft, fen in zip(drafts, joint, strict=True)]
    return take_offers(
        lines, merchant_id=deal.merchant_id, trade="vouchers", customer_id=customer_id, keep=len(lines), wanted=wish.claims, now=now,
    )

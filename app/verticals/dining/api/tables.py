"""At a table: scan its code, see what the table has ordered, divide the bill, pay a share of it."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Invalid, NotFound
from app.core.identifiers import masked_name
from app.framework.database import elevated, get
from app.kernel.orders.parts import BeingPaid
from app.kernel.parties.models import Customer
from app.kernel.payments.models import Payment
from app.kernel.payments.operations.paying import ChannelAway, PayerUnknown, SomebodyPays, prepare_payment
from app.kernel.wallet.operations.wallets import NotByWallet, WalletShort
from app.verticals.dining import table_schemas as schemas
from app.verticals.dining.api import api
from app.verticals.dining.models import DiningOrder, Shop, Sitting, Table
from app.verticals.dining.models.orders import ORDER_FLOW
from app.verticals.dining.operations.sittings import NothingDue, share_by_channel, share_from_wallet, split_bill, table_of_code
from app.verticals.dining.sitting_queries import Bill, SharePart, bills_of, open_sitting_of, orders_of_sitting, shares_of


@api.get("/tables/<string:code>", summary=_l("扫桌码"), who="public", response=schemas.TableOut)
def show_table(code: str, actor: Actor, now: datetime) -> schemas.TableOut:
    """The shop and table behind a scanned code, and what its guests have ordered so far. Names are masked."""
    with elevated():
        return _table_out(table_of_code(code))


@api.post(
    "/tables/<string:code>/split", summary=_l("分账单"), who="customer", request=schemas.SplitIn, response=schemas.TableOut, idempotent=True,
    errors=(NotFound, NothingDue, BeingPaid, Invalid),
)
def split_table(code: str, body: schemas.SplitIn, actor: Actor, now: datetime) -> schemas.TableOut:
    """Divide what the table has not paid: `together` is one share, `even` is `people` shares to the fen, `own` leaves each guest his own orders.
    Dividing anew drops the shares that nobody has paid."""
    people = {"together": 1, "own": 0}.get(body.way, body.people)
    with elevated():
        table = table_of_code(code)
        split_bill(table, people, actor=actor, now=now)
        return _table_out(table)


@api.post(
    "/tables/<string:code>/shares/<int:share>/pay", summary=_l("付一份"), who="customer", request=schemas.SharePayIn, response=schemas.SharePaidOut,
    idempotent=True, errors=(NotFound, NothingDue, SomebodyPays, WalletShort, NotByWallet, PayerUnknown, ChannelAway),
)
def pay_share(code: str, share: int, body: schemas.SharePayIn, actor: Actor, now: datetime) -> schemas.SharePaidOut:
    """Pay a share of the bill in your own name; what comes back of it later comes back to you. A share that takes from several orders is several
    payments: make each that is `open`. Out of a wallet all are paid at once."""
    payer = actor.id or 0
    openid = body.openid or get(Customer, payer).openid or ""
    with elevated():
        table = table_of_code(code)
        if body.way == "wallet":
            paid = share_from_wallet(table, share, payer=payer, now=now)
            return schemas.SharePaidOut(payments=[_paid(payment) for payment in paid])
        keys = [payment.id for payment in share_by_channel(table, share, payer=payer, actor=actor, now=now)]
        return schemas.SharePaidOut(payments=[_ready(key, openid, now) for key in keys])


def _paid(payment: Payment) -> schemas.ShareBillOut:
    return schemas.ShareBillOut(payment_number=payment.number, amount=payment.amount, open=False, parameters={}, payer_page=None)


def _ready(payment_id: int, openid: str, now: datetime) -> schemas.ShareBillOut:
    ready = prepare_payment(payment_id, openid, now=now)
    return schemas.ShareBillOut(
        payment_number=ready.number, amount=ready.amount, open=True, parameters=ready.parameters, payer_page=ready.payer_page,
    )


def _table_out(table: Table) -> schemas.TableOut:
    shop = get(Shop, table.shop_id)
    if shop.status not in ("open", "paused"):
        raise NotFound
    sitting = open_sitting_of(table.id)
    return schemas.TableOut(
        shop_id=shop.id, shop_name=shop.name, table=table.name, area=table.area.name, code=table.code, sitting=_sitting_out(sitting) if sitting else None,
    )


def _sitting_out(sitting: Sitting) -> schemas.SittingOut:
    bill = bills_of([sitting.id]).get(sitting.id, Bill(0, 0, 0))
    guests: dict[int, schemas.GuestOut] = {}
    for order in orders_of_sitting(sitting.id):
        guest = guests.setdefault(order.customer_id, schemas.GuestOut(name=masked_name(order.customer_name), ordered=0, due=0, orders=[]))
        guest.orders.append(_order_out(order))
        guest.ordered, guest.due = guest.ordered + order.payable, guest.due + order.due
    return schemas.SittingOut(
        since=sitting.opened_at, people=sitting.guests, ordered=bill.ordered, paid=bill.paid, due=bill.due, guests=list(guests.values()),
        shares=_shares_out(shares_of(sitting.id)),
    )


def _order_out(order: DiningOrder) -> schemas.TableOrderOut:
    return schemas.TableOrderOut(
        number=order.number, ticket=order.ticket, added=order.added, status=order.status, status_words=str(ORDER_FLOW.state(order.status).label),
        payable=order.payable, due=order.due, pay_by=order.pay_by if order.due else None,
        lines=[schemas.TableLineOut.model_validate(line) for line in order.lines],
    )


def _shares_out(parts: list[SharePart]) -> list[schemas.ShareOut]:
    shares: dict[int, schemas.ShareOut] = {}
    for each in parts:
        share = shares.setdefault(each.part.share, schemas.ShareOut(share=each.part.share, amount=0, due=0, paid_by=[]))
        share.amount += each.part.amount
        if each.payment is None:
            share.due += each.part.amount
        elif (name := masked_name(each.payment.customer.name if each.payment.customer else "")) not in share.paid_by:
            share.paid_by.append(name)
    return list(shares.values())

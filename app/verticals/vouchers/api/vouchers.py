"""My vouchers, my one code, refunds of what is unused."""

from __future__ import annotations

from datetime import datetime

from flask import Response
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.core.actors import Actor
from app.core.errors import NotFound
from app.extensions import db
from app.framework.database import elevated
from app.framework.live import TooManyStreams, hub
from app.kernel.aftersales.operations import AlreadyAsked
from app.kernel.redemption.models import LIVE, VOUCHER_FLOW, RedeemStore, Voucher
from app.kernel.redemption.operations.finding import show_customer_code
from app.kernel.redemption.operations.issuing import code_of, topic_of
from app.kernel.redemption.operations.refunding import NothingUnused, refund_unused
from app.kernel.redemption.queries import redemptions_of_voucher, use_amounts, vouchers_of_customer
from app.kernel.redemption.rules import spaced, voucher_payload
from app.verticals.vouchers import schemas
from app.verticals.vouchers.api import api
from app.verticals.vouchers.api.deals import store_out


@api.get("/mine", summary=_l("我的券"), who="customer", query=schemas.VoucherQuery, response=schemas.VoucherPage, etag=True)
def list_vouchers(query: schemas.VoucherQuery, actor: Actor, now: datetime) -> schemas.VoucherPage:
    """Newest first. Ask again with `If-None-Match` to learn cheaply that nothing changed."""
    with elevated():
        found = vouchers_of_customer(actor.id or 0, status=query.status, after=query.after, most=query.limit + 1)
        more = found[query.limit - 1].id if len(found) > query.limit else None
        return schemas.VoucherPage(items=[voucher_brief(each) for each in found[: query.limit]], next=more)


@api.get("/mine/<int:voucher_id>", summary=_l("券的详情和券码"), who="customer", response=schemas.VoucherOut, etag=True)
def show_voucher(voucher_id: int, actor: Actor, now: datetime) -> schemas.VoucherOut:
    """The code, where it can be used, and what became of its uses."""
    with elevated():
        return _voucher(_own(voucher_id, actor))


@api.get("/code", summary=_l("我的核销码"), who="customer", response=schemas.VoucherCodeOut)
def show_code(actor: Actor, now: datetime) -> schemas.VoucherCodeOut:
    """One code for every merchant. It changes every minute, and shows a cashier only what can be used at that store."""
    payload, until = show_customer_code(actor.id or 0, now=now)
    return schemas.VoucherCodeOut(payload=payload, until=until)


@api.get("/events", summary=_l("我的券实时变化"), who="customer", media="text/event-stream", errors=(TooManyStreams,))
def watch_vouchers(actor: Actor, now: datetime) -> Response:
    """Server-sent events: one `change` at once, then one each time a voucher is bought, redeemed, or refunded. Fall back to polling on 503."""
    stream = hub().stream(topic_of(actor.id or 0))
    if stream is None:
        raise TooManyStreams
    return Response(stream, mimetype="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


@api.post(
    "/mine/<int:voucher_id>/refunds", summary=_l("退没用的次数"), who="customer", request=schemas.VoucherRefundIn, response=schemas.VoucherRefundOut,
    status=201, idempotent=True, errors=(NotFound, NothingUnused, AlreadyAsked),
)
def refund_voucher(voucher_id: int, body: schemas.VoucherRefundIn, actor: Actor, now: datetime) -> schemas.VoucherRefundOut:
    """Any time while it is unused: the money goes back to where it came from, nobody has to agree."""
    with elevated():
        _own(voucher_id, actor)
        case = refund_unused(voucher_id, count=body.count, reason=body.reason, actor=actor, now=now)
        return schemas.VoucherRefundOut(number=case.number, amount=case.amount, status=case.status, voucher=voucher_brief(_own(voucher_id, actor)))


def voucher_brief(voucher: Voucher) -> schemas.VoucherBrief:
    """The voucher in a list."""
    return schemas.VoucherBrief(**_brief(voucher))


def _brief(voucher: Voucher) -> dict[str, object]:
    return {
        **{name: getattr(voucher, name) for name in ("id", "title", "status", "uses", "used", "refunded", "left", "paid", "tail", "valid_from", "valid_until")},
        "merchant": voucher.merchant.name, "status_words": str(VOUCHER_FLOW.state(voucher.status).label),
    }


def _own(voucher_id: int, actor: Actor) -> Voucher:
    statement = select(Voucher).where(Voucher.id == voucher_id, Voucher.customer_id == actor.id).options(joinedload(Voucher.merchant))
    found = db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def _voucher(voucher: Voucher) -> schemas.VoucherOut:
    code = code_of(voucher) if voucher.status == LIVE else None
    statement = select(RedeemStore).where(RedeemStore.id.in_(voucher.store_ids)).options(joinedload(RedeemStore.merchant))
    stores = db.session.scalars(statement.order_by(RedeemStore.id))
    amounts = use_amounts(voucher.id)
    return schemas.VoucherOut(
        **_brief(voucher), order_id=voucher.order_id, code=spaced(code) if code else None, payload=voucher_payload(code) if code else None,
        refundable=amounts[-1] if amounts else 0, closed_weekdays=voucher.closed_weekdays, closed_days=voucher.closed_days,
        stores=[store_out(store) for store in stores],
        redemptions=[
            schemas.VoucherUseOut(
                order_id=each.order_id, which=each.which, count=each.count, amount=each.amount, store=each.store.name, redeemed_at=each.redeemed_at,
                undone=each.status == "undone",
            )
            for each in redemptions_of_voucher(voucher.id)
        ],
    )

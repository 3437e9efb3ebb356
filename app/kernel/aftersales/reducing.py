"""Things of an order that stands are called off: what was not paid of them is no longer owed, the rest goes back. Decided already, by a rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.core.actors import Actor
from app.extensions import db
from app.framework.database import elevated
from app.kernel.aftersales.models import RefundCase
from app.kernel.aftersales.operations import AmountRefused, MoreThanRemains, refund_ruled, take_from_line
from app.kernel.aftersales.rules import unpaid_first
from app.kernel.audit.operations import append
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.refund import refund_before_completion
from app.kernel.orders.models import Order, OrderLine
from app.kernel.orders.operations import reference, tell


def take_off_lines(order: Order, amounts: Mapping[int, int], *, reason: str, actor: Actor, now: datetime) -> RefundCase | None:
    """The order costs `amounts` (order line id → fen of the customer's money) less. What is due is waived first, from the last line on; what is left
    of it goes back at once: its case, or None when nothing was paid of it. The caller has locked the order. Refuses AmountRefused, MoreThanRemains."""
    lines = [line for line in order.lines if amounts.get(line.id)]
    if len(lines) != len(amounts) or any(fen <= 0 for fen in amounts.values()):
        raise AmountRefused(field="lines")
    for line in lines:
        if amounts[line.id] > line.refundable:
            raise MoreThanRemains(field="lines", title=line.title, most=f"{line.refundable / 100:.2f}")
    parts = unpaid_first([amounts[line.id] for line in lines], order.due)
    with elevated():
        _waive(order, [(line, waived) for line, (waived, _) in zip(lines, parts, strict=True) if waived], reason=reason, actor=actor, now=now)
        back = {line.id: fen for line, (_, fen) in zip(lines, parts, strict=True) if fen}
        return refund_ruled(order, back, reason=reason, actor=actor, now=now) if back else None


def _waive(order: Order, parts: list[tuple[OrderLine, int]], *, reason: str, actor: Actor, now: datetime) -> None:
    """Lines cost less by what nobody paid; their fees and the platform's coupon shrink with them."""
    if not parts:
        return
    before, subsidy = order.payable, 0
    for line, fen in parts:
        back, _fees = take_from_line(order, line.id, fen)
        line.refunded -= back.customer
        line.payable -= back.customer
        subsidy += back.subsidy
    waived = sum(fen for _, fen in parts)
    order.waived += waived
    order.payable -= waived
    db.session.flush()
    append("order_order.waived", order, actor=actor, now=now, reason=reason, changes={"payable": [before, order.payable]})
    if subsidy:
        number = f"{order.number}/waived/{order.waived}"
        post(refund_before_completion(reference(order), refund=number, to_customers={}, subsidies={"coupon_subsidy": subsidy}, refunded_at=now), now)
    tell(order)

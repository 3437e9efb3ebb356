"""What a courier earns: the delivery part of an order, less the platform's difference (`delivery_margin` of the price list).

The difference is frozen when a courier first takes the job. Not at placement: a merchant that delivers by itself keeps its fee whole, and a
fee line that stands is charged. Not on completion: whoever takes a job has to know what it pays, whatever the price list says an hour later.
Reassigning changes nothing, because rule, merchant, and order stay the same.
"""

from __future__ import annotations

from datetime import datetime

from app.framework.database import elevated
from app.kernel.commission.operations import freeze_fees
from app.kernel.commission.operations.freezing import ALL_OF_A_LINE
from app.kernel.commission.queries import lines_of_order
from app.kernel.fulfilment.models import Job
from app.kernel.fulfilment.queries import COURIER_KIND
from app.kernel.orders.models import Order, OrderLine

MARGIN = "delivery_margin"


def freeze_margin(job: Job, order: Order, *, now: datetime) -> None:
    """The platform's difference stands on the order's delivery lines, on what refunds left of them, and the job says what it pays.

    Refuses NoRule and NoBase, as every fee does.
    """
    lines = [line for line in order.lines if line.kind == "delivery" and _held(line)]
    held = [_held(line) for line in lines]
    with elevated():
        if lines and not any(fee.amount > fee.returned for fee in lines_of_order(order.id, MARGIN)):
            freeze_fees(
                order.id, order.number, order.trade, order.merchant_id, (MARGIN,), {"delivery": held, ALL_OF_A_LINE: held}, [line.id for line in lines],
                order_kind=order.kind, now=now,
            )
        job.pay = sum(held) - sum(fee.amount - fee.returned for fee in lines_of_order(order.id, MARGIN))


def drop_margin(order: Order) -> None:
    """No courier carries the order: the whole delivery part is the merchant's, and nothing is charged on it."""
    with elevated():
        for fee in lines_of_order(order.id, MARGIN):
            fee.returned = fee.amount


def credit_courier(job: Job, order: Order) -> None:
    """Completing the order will give its delivery lines to the courier who carried it."""
    for line in order.lines:
        if line.kind == "delivery":
            line.earner_kind, line.earner_id = COURIER_KIND, job.courier_id


def _held(line: OrderLine) -> int:
    """Fen that a line still brings: the customer's and the platform's part, net of refunds."""
    return line.payable - line.refunded + line.subsidy - line.subsidy_returned

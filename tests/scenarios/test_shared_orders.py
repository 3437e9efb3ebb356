"""A merchant paid by its own number, from the payment to the signed day: shared, refunded in part, finished, compared with the channel's bills."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.periods import business_day, day_start
from app.extensions import db
from app.framework.database import transaction
from app.kernel.ledger.accounts import channel_balance, clearing, merchant_available, merchant_pending, merchant_receivable, recon_suspense
from app.kernel.ledger.proofs import assert_proofs_hold
from app.kernel.payments.channels.factory import channel
from app.kernel.payments.jobs import fetch_bills
from app.kernel.payments.operations.bills import import_bill
from app.kernel.reconciliation.jobs import compare_days
from app.kernel.reconciliation.models import ReconBreak, ReconDay
from tests.kernel.sharing.conftest import MAKER, OURS, SUB, House, house  # noqa: F401 - a fixture


def fields(content: bytes) -> list[list[str]]:
    """The lines of a bill, its head, its rows, and its summary, as lists of texts."""
    head, *rows = content.decode().splitlines()
    return [head.split(","), *(row[1:].split(",`") for row in rows)]


def written(lines: list[list[str]]) -> bytes:
    """The bill of those lines, its count made right."""
    head, *rows = lines
    rows[-1] = [str(len(rows) - 2)]
    told = [",".join(head), *(f"`{',`'.join(row)}" for row in rows[:-2]), rows[-2][0], f"`{rows[-1][0]}"]
    return "".join(f"{line}\r\n" for line in told).encode()


def breaks() -> list[tuple[str, str, int | None, int | None, int]]:
    found = db.session.scalars(select(ReconBreak).where(ReconBreak.status != "closed").order_by(ReconBreak.number))
    return [(each.kind, each.our_number, each.theirs, each.ours, each.effect) for each in found]


@pytest.mark.covers("dining.E5")
def test_a_shared_order_from_its_payment_to_the_signed_day(house: House) -> None:  # noqa: F811
    key = house.shared()
    paid, due = house.payment(key).amount, house.commission(key)
    refund = house.refund(key, paid * 2 // 5)
    house.refunded(refund)
    net, back = house.net_fees(key), paid * 2 // 5
    assert (house.sharing(key).shared, house.returns(key)[0].amount) == (net, due - net)
    assert house.held(merchant_pending(house.merchant_id)) == paid - back - net
    house.release()
    assert (house.finish(key).status, house.sharing(key).settled) == ("finished", paid - back - net)
    morning = day_start(business_day(house.noon) + timedelta(days=1)) + timedelta(hours=10, minutes=15)
    house.town.set_gateway_clock(morning)
    with clock.at(morning):
        fetch_bills()
        compare_days()
    house.fresh()
    assert breaks() == []
    day = db.session.scalars(select(ReconDay)).one()
    assert (day.status, day.lines, day.matched, day.movements, day.moved, day.sharing_bill_id is not None) == ("even", 2, 2, 2, 2, True)
    assert (house.held(clearing("wechat", SUB)), house.held(clearing("wechat", OURS)), house.held(channel_balance(OURS))) == (0, 0, -net)
    held = [house.held(account(house.merchant_id)) for account in (merchant_pending, merchant_available, merchant_receivable)]
    assert held == [0, 0, 0]
    assert_proofs_hold()


def test_a_strange_sharing_bill_opens_exactly_its_breaks(house: House) -> None:  # noqa: F811
    keys = [house.shared(moment=house.noon + timedelta(minutes=place)) for place in range(3)]
    same, dearer, missing = (house.lines(key)[0] for key in keys)
    numbers = [db.session.get_one(type(line).call.property.mapper.class_, line.call_id).number for line in (same, dearer, missing)]
    amounts = [line.amount for line in (same, dearer, missing)]
    morning = day_start(business_day(house.noon) + timedelta(days=1)) + timedelta(hours=10, minutes=15)
    house.town.set_gateway_clock(morning)
    with clock.at(morning):
        lines = fields(channel().sharing.bill(business_day(house.noon)))
        place = lines[0].index("分账金额(元)"), lines[0].index("商户分账单号")
        kept = [line for line in lines if numbers[2] not in line]
        for line in kept:
            if numbers[1] in line:
                line[place[0]] = f"{(amounts[1] + 100) / 100:.2f}"
        stranger = [*kept[1]]
        stranger[place[1]], stranger[place[0]] = "S-STRANGER", "3.00"
        kept.insert(-2, stranger)
        db.session.rollback()
        with transaction(MAKER):
            import_bill(business_day(house.noon), "sharing", written(kept), actor=MAKER, now=morning)
        fetch_bills()
        compare_days()
        house.fresh()
        expected = {("share", numbers[1], amounts[1] + 100, amounts[1], 0), ("share", "S-STRANGER", 300, 0, 0), ("share", numbers[2], 0, amounts[2], 0)}
        assert (set(breaks()), len(breaks()), house.held(recon_suspense())) == (expected, 3, 0)
        compare_days()
        house.fresh()
        assert len(breaks()) == 3


def test_a_movement_that_no_share_explains_stands_in_suspense(house: House) -> None:  # noqa: F811
    key = house.shared()
    due = house.commission(key)
    morning = day_start(business_day(house.noon) + timedelta(days=1)) + timedelta(hours=10, minutes=15)
    house.town.set_gateway_clock(morning)
    with clock.at(morning):
        fund = channel().fund_bill(business_day(house.noon)).decode()
        more = fund.replace(f"`{due / 100:.2f}", f"`{(due + 100) / 100:.2f}")
        with transaction(MAKER):
            import_bill(business_day(house.noon), "fund", more.encode(), actor=MAKER, now=morning)
        fetch_bills()
        compare_days()
        house.fresh()
        assert [(kind, effect) for kind, _, _, _, effect in breaks()] == [("share", 100)]
        assert (house.held(recon_suspense()), house.held(clearing("wechat", OURS))) == (100, 0)

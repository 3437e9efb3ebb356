"""A refund that the channel cannot deliver is paid by bank: by two people, once, and the books say so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.actors import EVERYTHING, Actor
from app.core.clock import now as clock_now
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.flow import move
from app.kernel.ledger.accounts import bank, payout_in_transit, refund_payable
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.refund import refund_before_completion
from app.kernel.payments.models import OtherWay
from app.kernel.payments.operations.other_ways import NotStuck, propose_other_way
from app.kernel.payments.operations.refund_limits import OtherWayUnderway, RefundTooLate
from app.kernel.payments.operations.refunding import create_refund, send_again
from tests.kernel.payments.conftest import TESTER, Town
from tests.support.people import staff

FORM = {"payee": "李婉清", "account_tail": "6217", "reason": "微信账户已注销，顾客来电提供了银行卡"}


def stuck(town: Town, amount: int = 8700, subject: int = 1) -> tuple[str, int]:
    """A refund that the channel calls abnormal; its number and key."""
    number = town.refunded(town.paid(subject), amount)
    with transaction(TESTER):
        key = move(town.refund(number), "fail", actor=TESTER, now=clock_now(), reason="ABNORMAL").id
    return number, key


def ways() -> list[OtherWay]:
    enter_scope(EVERYTHING)
    return list(db.session.scalars(select(OtherWay).order_by(OtherWay.id).execution_options(populate_existing=True)))


@pytest.mark.covers("dining.F2")
def test_two_people_pay_a_stuck_refund_by_bank(town: Town) -> None:
    number, key = stuck(town)
    with town.at_the_door():
        first, second = staff(town.app, "Finance"), staff(town.app, "Finance", "finance2")
        assert f"/payments/other-ways/new?pk={key}" in first.get(f"/payments/refunds/{key}").get_data(as_text=True)
        assert f'<option selected value="{key}">{number}' in first.get(f"/payments/other-ways/new?pk={key}").get_data(as_text=True)
        assert first.post("/payments/other-ways/new", data={**FORM, "refund_id": key, "account_tail": "62"}).status_code == 422
        assert first.post("/payments/other-ways/new", data={**FORM, "refund_id": key}).status_code == 303
        assert first.post("/payments/other-ways/1/move/approve", data={"confirmed_amount": "87.00"}).status_code == 403
        assert second.post("/payments/other-ways/1/move/approve", data={"confirmed_amount": "8.70"}).status_code == 422
        assert second.post("/payments/other-ways/1/move/approve", data={"confirmed_amount": "87.00"}).status_code == 303
        assert second.post(f"/payments/refunds/{key}/move/retry").status_code == 409
    town.fresh()
    assert (town.refund(number).status, town.held(refund_payable(town.customer_id)), town.held(bank())) == ("abnormal", 8700, 0)
    with town.at_the_door():
        assert first.post("/payments/other-ways/1/move/record", data={"reference": ""}).status_code == 422
        assert first.post("/payments/other-ways/1/move/record", data={"reference": "ICBC-20261129-0042"}).status_code == 303
        assert first.post("/payments/other-ways/1/move/record", data={"reference": "ICBC-20261129-0042"}).status_code in {303, 409}
    town.fresh()
    assert town.refund(number).status == "elsewhere"
    assert [town.held(account) for account in (refund_payable(town.customer_id), payout_in_transit(), bank())] == [0, 0, 8700]
    assert town.refunds_done == [key]
    (way,) = ways()
    assert (way.status, way.reference, way.amount) == ("paid", "ICBC-20261129-0042", 8700)


def test_only_a_stuck_refund_once_at_a_time_and_dropping_gives_it_back_to_the_channel(town: Town) -> None:
    fresh = town.refunded(town.paid(), 100)
    one, other = (Actor("staff", number, "财务", frozenset({"Finance"}), EVERYTHING) for number in (901, 902))
    with transaction(TESTER), pytest.raises(NotStuck):
        propose_other_way(town.refund(fresh).id, **FORM, actor=one, now=clock_now())
    number, key = stuck(town, 100, subject=2)
    with transaction(TESTER):
        way = propose_other_way(key, **FORM, actor=one, now=clock_now())
        with pytest.raises(OtherWayUnderway):
            propose_other_way(key, **FORM, actor=other, now=clock_now())
        with pytest.raises(OtherWayUnderway):
            send_again(town.refund(number), actor=one, now=clock_now())
        move(way, "approve", actor=other, now=clock_now())
        move(way, "drop", actor=one, now=clock_now(), reason="顾客说微信又能收了")
        move(town.refund(number), "retry", actor=one, now=clock_now())
    town.fresh()
    assert (town.refund(number).status, ways()[0].status, town.held(refund_payable(town.customer_id))) == ("created", "dropped", 200)


def test_after_a_year_the_channel_is_not_asked_and_the_refund_waits_for_a_person(town: Town) -> None:
    payment = town.payment(town.paid())
    late = clock_now() + timedelta(days=366)
    with transaction(TESTER):
        with pytest.raises(RefundTooLate):
            create_refund(payment, amount=100, reason="过了一年", actor=TESTER, now=late)
        refund = create_refund(payment, amount=100, reason="过了一年", actor=TESTER, now=late, even_by_hand=True)
        post(refund_before_completion(
            payment.reference, refund=refund.number, to_customers={town.customer_id: 100}, subsidies={}, refunded_at=clock_now()
        ), clock_now())
        number = refund.number
        with pytest.raises(RefundTooLate):
            send_again(refund, actor=TESTER, now=late)
    town.fresh()
    kept = town.refund(number)
    assert (kept.status, kept.problem, kept.channel_number) == ("abnormal", "支付已超过 365 天，渠道不再退款，改用转账", None)
    assert town.run(within=timedelta(days=1), only="send_refund") == 0

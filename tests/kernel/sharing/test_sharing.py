"""An order of a merchant that takes its payments itself: shared, taken back before a refund, settled, finished, each once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.actors import Actor
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.ledger.accounts import clearing, merchant_available, merchant_pending, merchant_receivable, refund_payable, revenue
from app.kernel.ledger.models import LedgerTransaction
from app.kernel.payments.jobs import send_refund
from app.kernel.payments.models import Anomaly
from app.kernel.sharing import jobs
from app.kernel.sharing.models import ShareCall, ShareReturn, Sharing
from app.kernel.sharing.operations.resolving import OwnGiveUp
from tests.kernel.sharing.conftest import CHECKER, MAKER, OURS, SUB, House

THEIRS, OWN = clearing("wechat", SUB), clearing("wechat", OURS)


def at_once(house: House, count: int, *works: object) -> list[str]:
    """Run the works on `count` threads that start together; what broke."""
    barrier, broken = threading.Barrier(count), []

    def run(number: int) -> None:
        with house.app.app_context(), clock.at(house.noon + timedelta(minutes=30)):
            barrier.wait()
            try:
                works[number % len(works)]()  # type: ignore[operator]
            except Exception as error:
                broken.append(f"{type(error).__name__}: {error}")

    db.session.rollback()
    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    house.fresh()
    return broken


def booked(kind: str) -> int:
    """How many ledger transactions of the kind there are."""
    return db.session.scalar(select(func.count()).select_from(LedgerTransaction).where(LedgerTransaction.kind == kind)) or 0


def open_anomalies(house: House) -> list[str]:
    house.fresh()
    return list(db.session.scalars(select(Anomaly.kind).where(Anomaly.status == "open").order_by(Anomaly.id)))


def decide(record: Sharing | ShareReturn, name: str) -> None:
    """A person of finance makes the move."""
    model, key = type(record), record.id
    with transaction(MAKER):
        move(db.session.get_one(model, key), name, actor=MAKER, now=clock.now(), reason="已和接收方核对")


def give_up(sharing: Sharing, actor: Actor) -> None:
    """A person agrees that it is not shared."""
    key = sharing.id
    with transaction(actor):
        move(db.session.get_one(Sharing, key), "give_up", actor=actor, now=clock.now())


def test_a_payment_is_the_merchants_and_waits(house: House) -> None:
    key = house.order("cooking")
    payment, sharing = house.payment(key), house.sharing(key)
    assert (payment.account_number, payment.sub_merchant) == (OURS, SUB)
    assert (sharing.status, sharing.amount, sharing.shared, sharing.most_ppm) == ("waiting", payment.amount, 0, 300_000)
    assert (sharing.frozen_until - sharing.paid_at).days == 30
    assert (house.held(THEIRS), house.held(OWN)) == (-payment.amount, 0)


def test_the_commission_arrives_and_is_booked_once(house: House) -> None:
    key = house.shared()
    due, paid = house.commission(key), house.payment(key).amount
    sharing = house.sharing(key)
    assert (sharing.claimed, sharing.shared, sharing.unshared, sharing.problem) == (due, due, 0, "")
    assert [(line.account, line.amount, line.result) for line in house.lines(key)] == [(OURS, due, "SUCCESS")]
    assert (house.held(THEIRS), house.held(OWN), house.held(revenue("commission"))) == (due - paid, -due, due)
    house.share(key)
    assert len(house.lines(key)) == 1


def test_the_release_leaves_the_rest_to_the_merchant_and_finishes(house: House) -> None:
    key = house.shared()
    paid, due = house.payment(key).amount, house.commission(key)
    assert house.held(merchant_pending(house.merchant_id)) == paid - due
    house.release()
    assert (house.held(THEIRS), house.held(merchant_available(house.merchant_id)), house.sharing(key).settled) == (0, 0, paid - due)
    assert house.finish(key).status == "finished"
    assert house.held(merchant_receivable(house.merchant_id)) == 0


def test_a_refund_waits_until_the_share_came_back(house: House) -> None:
    key = house.shared()
    paid, due = house.payment(key).amount, house.commission(key)
    refund = house.refund(key, paid // 2)
    send_refund(refund)
    (back,), net = house.returns(key), house.net_fees(key)
    assert (back.status, back.amount, house.refund_status(refund)) == ("created", due - net, "created")
    send_refund(refund)
    assert (len(house.returns(key)), house.refund_status(refund)) == (1, "created")
    house.refunded(refund)
    assert (house.returns(key)[0].status, house.sharing(key).shared, house.held(OWN)) == ("done", net, -net)
    assert house.held(THEIRS) == -(paid - paid // 2 - net)


def test_a_refund_after_the_release_is_the_merchants_and_evens_out(house: House) -> None:
    key = house.shared()
    paid = house.payment(key).amount
    house.release()
    house.refunded(house.refund(key, paid // 2))
    assert house.net_fees(key) == house.sharing(key).shared
    assert house.sharing(key).settled == paid - paid // 2 - house.net_fees(key)
    assert [house.held(account(house.merchant_id)) for account in (merchant_available, merchant_receivable)] == [0, 0]
    assert house.held(THEIRS) == 0
    assert house.finish(key).status == "finished"


def test_a_payment_that_went_back_whole_shares_nothing(house: House) -> None:
    key = house.order("cooking")
    house.refunded(house.refund(key, house.payment(key).amount))
    assert (house.sharing(key).status, house.lines(key), house.held(THEIRS)) == ("void", [], 0)


def test_a_lost_answer_is_asked_about_and_shares_once(house: House) -> None:
    key = house.order()
    sharing = house.sharing(key).id
    house.fault("lost", "requests")  # while the receiver is added: the channel never hears of the request
    jobs.share_payment(sharing)
    (call,) = calls(house, sharing)
    assert (call.status, bool(call.problem), house.lines(key)[0].result) == ("created", True, "PENDING")
    jobs.ask_about_share(call.id)
    assert house.run(only="share_payment") == 2
    house.settle_down(sharing)
    assert [(each.number, each.status) for each in calls(house, sharing)] == [(call.number, "done")]
    assert (house.sharing(key).shared, booked("share_done")) == (house.commission(key), 1)


def calls(house: House, sharing_id: int) -> list[ShareCall]:
    house.fresh()
    return list(db.session.scalars(select(ShareCall).where(ShareCall.sharing_id == sharing_id).order_by(ShareCall.id)))


def test_a_time_out_after_the_channel_shared_is_one_share(house: House) -> None:
    warm = house.shared()  # the receiver is known from here on
    key = house.order(moment=house.noon + timedelta(minutes=5))
    sharing = house.sharing(key).id
    house.fault("lost", "requests")
    jobs.share_payment(sharing)
    (call,) = calls(house, sharing)
    assert call.status == "created"
    jobs.ask_about_share(call.id)
    house.settle_down(sharing)
    assert [(line.result, line.amount) for line in house.lines(key)] == [("SUCCESS", house.commission(key))]
    assert (booked("share_done"), house.held(OWN)) == (2, -house.commission(warm) - house.commission(key))


def test_a_closed_part_sticks_and_a_person_asks_again(house: House) -> None:
    key = house.order()
    house.fault("close", "shares")
    house.share(key)
    stuck = house.sharing(key)
    assert (stuck.status, stuck.problem, stuck.shared) == ("stuck", f"{OURS}: ACCOUNT_ABNORMAL", 0)
    assert (open_anomalies(house), house.held(OWN)) == (["share_stuck"], 0)
    decide(house.sharing(key), "retry")
    house.share(key)
    assert (house.sharing(key).status, [line.result for line in house.lines(key)]) == ("shared", ["CLOSED", "SUCCESS"])
    assert (open_anomalies(house), house.held(OWN)) == ([], -house.commission(key))


def test_what_a_person_gives_up_the_merchant_owes(house: House) -> None:
    key = house.order()
    house.fault("close", "shares")
    house.share(key)
    decide(house.sharing(key), "propose")
    with pytest.raises(OwnGiveUp):
        give_up(house.sharing(key), MAKER)
    assert (house.sharing(key).status, house.sharing(key).unshared) == ("proposed", 0)
    give_up(house.sharing(key), CHECKER)
    house.release()
    due = house.commission(key)
    assert (house.sharing(key).unshared, house.sharing(key).unshared_why, house.finish(key).status) == (due, "given_up", "finished")
    assert (house.held(merchant_receivable(house.merchant_id)), house.held(THEIRS)) == (-due, 0)


def test_a_refusal_of_the_channel_sticks_and_names_the_rule(house: House) -> None:
    key = house.order()
    house.ratio(0)
    house.share(key)
    assert (house.sharing(key).status, house.sharing(key).problem) == ("stuck", "RULE_LIMIT: 分账金额超过最大分账比例 0%")
    assert [each.status for each in calls(house, house.sharing(key).id)] == ["refused"]
    house.ratio(3_000)
    decide(house.sharing(key), "retry")
    house.share(key)
    assert (house.sharing(key).status, [each.status for each in calls(house, house.sharing(key).id)]) == ("shared", ["refused", "done"])


def test_a_refused_return_keeps_the_refund_and_another_number_brings_it(house: House) -> None:
    key = house.shared()
    refund = house.refund(key, house.payment(key).amount)
    house.fault("refuse", "returns")
    send_refund(refund)
    jobs.send_share_return(house.returns(key)[0].id)
    house.settle_down(house.sharing(key).id)
    assert [(back.status, back.problem) for back in house.returns(key)] == [("failed", "BALANCE_NOT_ENOUGH")]
    assert open_anomalies(house) == ["return_stuck"]
    send_refund(refund)
    assert (house.refund_status(refund), len(house.returns(key))) == ("created", 1)
    decide(house.returns(key)[0], "replace")
    house.refunded(refund)
    assert [back.status for back in house.returns(key)] == ["replaced", "done"]
    assert (open_anomalies(house), house.held(THEIRS), house.held(OWN), house.held(refund_payable(house.payment(key).customer_id))) == ([], 0, 0, 0)


def test_a_return_that_ran_out_of_time_gets_another_number_by_itself(house: House) -> None:
    key = house.shared()
    refund = house.refund(key, 100)
    house.fault("time_out", "returns")
    house.refunded(refund)
    assert [(back.status, back.tries) for back in house.returns(key)] == [("replaced", 1), ("done", 2)]
    assert open_anomalies(house) == []


def test_a_freeze_that_ends_makes_what_is_not_shared_a_debt(house: House) -> None:
    key = house.order()
    with clock.at(house.noon + timedelta(days=29)):
        jobs.watch_freezes()
        assert house.sharing(key).warned_at is not None
        assert house.sharing(key).status == "sharing"
    with clock.at(house.noon + timedelta(days=31)):
        jobs.watch_freezes()
        jobs.watch_freezes()
    lapsed = house.sharing(key)
    assert (lapsed.status, lapsed.unshared, lapsed.unshared_why) == ("lapsed", house.commission(key), "over")
    house.release(days=40)
    assert (house.held(merchant_receivable(house.merchant_id)), house.held(THEIRS)) == (-house.commission(key), 0)


def test_forty_workers_share_an_order_once(house: House) -> None:
    key = house.order()
    sharing = house.sharing(key).id
    assert at_once(house, 40, lambda: jobs.share_payment(sharing)) == []
    house.settle_down(sharing)
    assert [(line.result, line.amount) for line in house.lines(key)] == [("SUCCESS", house.commission(key))]
    assert (booked("share_done"), house.held(OWN)) == (1, -house.commission(key))


def test_a_return_and_a_share_at_once_end_at_the_net_commission(house: House) -> None:
    key = house.order()
    sharing, refund = house.sharing(key).id, house.refund(key, house.payment(key).amount // 2)
    assert at_once(house, 20, lambda: jobs.share_payment(sharing), lambda: send_refund(refund)) == []
    house.settle_down(sharing)
    house.refunded(refund)
    house.share(key)
    assert house.sharing(key).shared == house.net_fees(key) == -house.held(OWN)


def test_forty_refunds_of_one_order_take_back_once(house: House) -> None:
    key = house.shared()
    refund = house.refund(key, house.payment(key).amount // 2)
    assert at_once(house, 40, lambda: send_refund(refund)) == []
    assert len(house.returns(key)) == 1
    house.refunded(refund)
    assert (booked("share_returned"), house.sharing(key).shared) == (1, house.net_fees(key))

"""Entitlements are used by name, in the transaction of what they are used for, and never twice."""

from __future__ import annotations

import threading

import pytest
from flask import Flask

from app.core.actors import EVERYTHING
from app.framework.database import enter_scope, transaction
from app.kernel.plans.models import Charge, Entitled
from app.kernel.plans.operations.entitlements import QuotaSpent, consume, discount_of, has_unlock, priority_of, quota_left, restore
from app.kernel.plans.owners import Owner
from tests.kernel.plans.world import later, now, paid_by_channel, plan, rows
from tests.support.people import SETUP, House, merchant, sign_in

DAYS, DISCOUNT, RESERVED = "plans.placement_days", "plans.placement_discount", "plans.placement_reserved"


@pytest.fixture
def house(app: Flask) -> House:
    return merchant(app, "青溪百货", trade="shop")


def entitle(app: Flask, house: House, **grants: int) -> None:
    """The house has a paid plan that grants this."""
    names = {"days": DAYS, "discount": DISCOUNT, "reserved": RESERVED}
    key = plan(app, grants={names[name]: amount for name, amount in grants.items()})
    sign_in(app, house.members["Owner"]).post(f"/store/{key}/buy")
    paid_by_channel(app, rows(app, Charge, "id")[-1])


def test_each_kind_says_what_the_plan_grants(app: Flask, house: House) -> None:
    entitle(app, house, days=10, discount=200_000, reserved=1)
    owner, stranger = Owner("merchant", house.merchant_id), Owner("customer", house.merchant_id)
    with app.app_context():
        enter_scope(EVERYTHING)
        assert (quota_left(owner, DAYS, now=now()), discount_of(owner, DISCOUNT, now=now()), has_unlock(owner, RESERVED, now=now())) == (10, 200_000, True)
        assert priority_of(owner, DAYS, now=now()) == 0
        assert (quota_left(stranger, DAYS, now=now()), has_unlock(stranger, RESERVED, now=now())) == (0, False)
        assert (quota_left(owner, DAYS, now=later(40)), has_unlock(owner, RESERVED, now=later(40))) == (0, False)


def test_a_quota_is_taken_whole_or_not_at_all_and_can_be_given_back(app: Flask, house: House) -> None:
    entitle(app, house, days=3)
    entitle(app, house, days=4)
    owner = Owner("merchant", house.merchant_id)
    with app.app_context(), transaction(SETUP):
        taken = consume(owner, DAYS, 5, now=now())
        assert list(taken.values()) == [3, 2]
    with app.app_context(), transaction(SETUP), pytest.raises(QuotaSpent):
        consume(owner, DAYS, 3, now=now())
    assert rows(app, Entitled, "used") == [3, 2]
    with app.app_context(), transaction(SETUP):
        restore(taken)
    assert rows(app, Entitled, "used") == [0, 0]


def test_what_rolls_back_was_not_used(app: Flask, house: House) -> None:
    entitle(app, house, days=3)
    with pytest.raises(RuntimeError), app.app_context(), transaction(SETUP):
        consume(Owner("merchant", house.merchant_id), DAYS, 2, now=now())
        raise RuntimeError
    assert rows(app, Entitled, "used") == [0]


def test_forty_at_once_on_a_quota_of_ten_use_exactly_ten(app: Flask, house: House) -> None:
    entitle(app, house, days=10)
    outcomes: list[str] = []
    gate = threading.Barrier(40)

    def take() -> None:
        gate.wait()
        try:
            with app.app_context(), transaction(SETUP):
                consume(Owner("merchant", house.merchant_id), DAYS, 1, now=now())
            outcomes.append("taken")
        except QuotaSpent:
            outcomes.append("spent")

    threads = [threading.Thread(target=take) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["spent"] * 30 + ["taken"] * 10
    assert rows(app, Entitled, "used", "amount") == [(10, 10)]

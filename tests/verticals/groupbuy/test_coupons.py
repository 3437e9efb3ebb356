"""The platform's coupons on a resident's order: in the price, chosen by him, borne by the platform, and given back with what did not come."""

from __future__ import annotations

import pytest
from flask import Flask

from app.framework.database import transaction
from app.kernel.ledger.accounts import cost, refund_payable
from app.kernel.ledger.queries import balance
from tests.kernel.marketing.test_coupons import coupon, made, of_platform
from tests.support.people import SETUP, Shopper, sign_in
from tests.verticals.groupbuy.world import town


def claimed(app: Flask, shopper: Shopper) -> tuple[int, int]:
    """A coupon of the platform, 3.00 off 20.00, and the resident's copy."""
    key = of_platform(app, trade="groupbuy", budget="100", title="满 20 减 3", least="20", off="3")
    taken = shopper.post(f"/coupons/{key}/claims")
    assert taken.status_code == 201, taken.json
    return key, taken.json["id"]


@pytest.mark.covers("groupbuy.F4", "groupbuy.F5")
def test_the_platform_bears_its_coupon_and_what_does_not_come_gives_its_part_back(app: Flask) -> None:
    place, li = town(app), Shopper(app, "li")
    key, copy = claimed(app, li)
    shown = li.post("/groupbuy/price", place.basket(("蓝莓", 2))).json
    assert (shown["goods"], shown["discount"], shown["payable"]) == (2_500, 300, 2_200)
    assert shown["coupons"] == [{"coupon_id": key, "claim_id": copy, "title": "满 20 减 3", "side": "platform", "amount": 300}]
    assert li.post("/groupbuy/price", place.basket(("蓝莓", 2), claims=[])).json["payable"] == 2_500
    refused = li.post("/groupbuy/price", place.basket(("蓝莓", 2), claims=[copy + 1]))
    assert (refused.status_code, refused.json["code"]) == (409, "coupon.not_here")
    placed = place.paid(li, ("蓝莓", 2), claims=[copy])
    assert (placed["payable"], coupon(app, key)["given"]) == (2_200, 300)
    with app.app_context(), transaction(SETUP):
        assert balance(cost("coupon_subsidy")) == -300
    found = place.cut_off()
    place.bring(found)
    place.check_in(found, place.leader, 蓝莓=1)
    assert place.order(placed["id"], "refunded") == (1_100,)
    assert place.hand_over(place.leader, place.seen(li, placed["id"])["code"]).status_code == 303
    with app.app_context(), transaction(SETUP):
        assert (balance(cost("coupon_subsidy")), balance(refund_payable(li.id))) == (-150, 1_100)
    # the supplier has its 9.00; the leader 8 % of the 11.00 that were paid; that comes out of the margin of 3.50
    money = place.money()
    assert (money["supplier"], money["leader"], money["margin"]) == (900, 88, 262)


def test_a_leader_cannot_give_off_what_suppliers_earn(app: Flask) -> None:
    place, li = town(app), Shopper(app, "li")
    owner = sign_in(app, place.leader.members["Owner"])
    answer = made(owner, automatic="y", title="团长满减", least="10", off="5")
    if answer.status_code == 303:
        key = int(answer.headers["Location"].rsplit("/", 1)[1])
        assert owner.post(f"/coupons/{key}/move/start").status_code == 303
    shown = li.post("/groupbuy/price", place.basket(("蓝莓", 2))).json
    assert (shown["payable"], shown["coupons"]) == (2_500, [])

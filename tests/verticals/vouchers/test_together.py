"""Several merchants: malls, stores that take another's vouchers, campaigns whose cost is shared; and each is settled with its part."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app.core import clock
from app.core.actors import EVERYTHING
from app.core.periods import business_day
from app.framework.database import enter_scope, transaction
from app.kernel.aftersales.operations import refund_ruled
from app.kernel.ledger.accounts import cost, merchant_available, merchant_receivable
from app.kernel.ledger.queries import balance
from app.kernel.marketing.campaigns.rules import borne, still_given, taken_off
from app.kernel.orders.models import Order
from app.kernel.redemption.jobs import complete_redemptions
from app.kernel.settlement.operations.release import release_due
from app.verticals.vouchers.operations.malls import add_mall, put_into_mall
from tests.support.people import SETUP, Shopper, merchant, staff
from tests.verticals.vouchers.world import Shop, money, one, shop


@pytest.fixture
def here(app: Flask) -> Shop:
    return shop(app, "云上茶室", "茶室万象城店")


@pytest.fixture
def there(app: Flask) -> Shop:
    return shop(app, "阿福烧烤", "烧烤万象城店")


@pytest.fixture
def mall(app: Flask, here: Shop, there: Shop) -> int:
    with app.app_context(), transaction(SETUP):
        made = add_mall(name="万象城", address="青溪镇", notice="", latitude=30.5, longitude=104.0, actor=SETUP, now=datetime.now(UTC))
        for each in (here, there):
            put_into_mall(made.id, next(iter(each.stores.values())), "3F", actor=SETUP, now=datetime.now(UTC))
        return made.id


@pytest.fixture
def li(app: Flask) -> Shopper:
    return Shopper(app, "li")


def later(app: Flask, **after: int) -> None:
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(**after)):
        complete_redemptions()


@pytest.mark.covers("vouchers.S4", "vouchers.S5", "vouchers.F4", "vouchers.E5")
def test_another_merchants_store_redeems_and_is_settled_with_the_money(app: Flask, here: Shop, there: Shop, mall: int, li: Shopper) -> None:
    store, own = there.stores["烧烤万象城店"], here.stores["茶室万象城店"]
    here.deal("双人下午茶", price=6800, stores=(own, store))
    here.deal("三次茶点", price=9000, uses=3, stores=(own, store))
    [before] = here.bought(li, "双人下午茶")
    assert [each["name"] for each in before["stores"]] == ["茶室万象城店"], "nobody has agreed yet"
    partner = one(app, "SELECT id FROM vouchers_deal_store WHERE store_id = :store ORDER BY id LIMIT 1", store=store)
    assert here.browser().post(f"/vouchers/partners/{partner}/move/accept").status_code == 404, "it is not the seller's to accept"
    for key in (partner, one(app, "SELECT max(id) FROM vouchers_deal_store WHERE store_id = :store", store=store)):
        assert there.browser().post(f"/vouchers/partners/{key}/move/accept").status_code == 303
    assert there.redeem(before["code"]).status_code == 409, "what was sold before keeps its stores"
    [voucher] = here.bought(li, "三次茶点")
    assert len(voucher["stores"]) == 2
    assert (there.redeem(voucher["code"]).status_code, here.redeem(voucher["code"]).status_code) == (303, 303)
    later(app, minutes=11)
    # each use 30.00: 1.50 commission and 0.20 a use
    assert money(app, li, here, there) == {"escrow": 6800 + 3000, "commission": 300, "fee": 40, "owed": 0, "pending": [2830, 2830]}
    with app.app_context(), transaction(SETUP):
        assert release_due(datetime.now(UTC) + timedelta(days=40)) == 2
    with app.app_context():
        enter_scope(EVERYTHING)
        assert [balance(merchant_available(each.house.merchant_id)) for each in (here, there)] == [2830, 2830]
    page = there.browser().get("/vouchers/orders/?view=all").get_data(as_text=True)
    assert ("三次茶点" in page, "双人下午茶" in page) == (True, False)
    assert there.browser().get(f"/vouchers/codes/{voucher['id']}").status_code == 404, "the voucher is the seller's"


@pytest.mark.covers("vouchers.S2", "vouchers.E7")
def test_customers_look_into_a_mall(app: Flask, here: Shop, there: Shop, mall: int) -> None:
    here.deal("双人下午茶", price=6800)
    there.deal("双人烤肉", price=12800)
    operator = staff(app, "Operator")
    assert operator.post("/vouchers/malls/new", data={"name": "万象城", "address": "x", "latitude": "0", "longitude": "0"}).status_code == 409
    malls = app.test_client().get("/api/v1/vouchers/malls").json["items"]
    assert [(each["name"], len(each["stores"]), each["stores"][0]["place"]) for each in malls] == [("万象城", 2, "3F")]
    assert len(app.test_client().get("/api/v1/vouchers/deals", query_string={"mall": mall}).json["items"]) == 2
    spot = one(app, "SELECT id FROM vouchers_mall_store WHERE store_id = :store", store=there.stores["烧烤万象城店"])
    assert operator.post(f"/vouchers/malls/stores/{spot}/take").status_code == 303
    found = app.test_client().get("/api/v1/vouchers/deals", query_string={"mall": mall, "near": "30.57,104.06", "limit": 1}).json
    assert [(each["title"], each["metres"]) for each in found["items"]] == [("双人下午茶", 0)]


@pytest.mark.parametrize(
    ("lines", "ppm", "most", "parts"),
    [([6800], 100_000, 99_999, [680]), ([3334, 3333, 3333], 100_000, 99_999, [334, 333, 333]), ([6800], 100_000, 300, [300]), ([1, 1], 900_000, 99, [0, 0])],
)
def test_what_a_campaign_takes_off_each_line(lines: list[int], ppm: int, most: int, parts: list[int]) -> None:
    assert taken_off(lines, ppm, most) == parts


def test_every_fen_of_a_discount_is_borne_by_somebody() -> None:
    assert borne(680, {7: 300_000, 9: 200_000}) == {0: 340, 7: 204, 9: 136}
    assert borne(1, {7: 333_333, 9: 333_333}) == {0: 1}
    assert sum(borne(997, {7: 333_333, 9: 333_333}).values()) == 997
    assert (still_given(680, 680, 0), still_given(680, 680, 340), still_given(680, 680, 680), still_given(100, 400, 200)) == (680, 340, 0, 50)


@pytest.mark.covers("vouchers.F5", "vouchers.R4")
def test_a_joint_campaign_is_agreed_frozen_shared_and_given_back(app: Flask, here: Shop, there: Shop, mall: int, li: Shopper) -> None:
    here.deal("双人下午茶", price=6800)
    today = business_day(datetime.now(UTC))
    codes = [one(app, "SELECT code FROM party_merchant WHERE id = :id", id=each.house.merchant_id) for each in (here, there)]
    form = {
        "trade": "vouchers", "title": "万象城周年庆", "ppm": "10", "budget": "1000.00", "begins_on": today.isoformat(),
        "ends_on": (today + timedelta(days=7)).isoformat(), "shares": f"{codes[0]} 30\n{codes[1]} 20", "reason": "周年庆",
    }
    operator, finance = staff(app, "Operator"), staff(app, "Finance")
    assert operator.post("/campaigns/new", data=form | {"shares": f"{codes[0]} 30"}).status_code == 422
    assert operator.post("/campaigns/new", data=form | {"shares": f"{codes[0]} 60\n{codes[1]} 50"}).status_code == 422
    assert here.browser().post("/campaigns/new", data=form).status_code == 403
    assert operator.post("/campaigns/new", data=form).status_code == 303
    assert li.post("/vouchers/price", {"deal_id": here.deals["双人下午茶"]}).json["payable"] == 6800, "nobody has agreed"
    first, second = (one(app, "SELECT id FROM marketing_campaign_party WHERE merchant_id = :id", id=each.house.merchant_id) for each in (here, there))
    assert here.browser().post(f"/campaign-agreements/{second}/move/accept").status_code == 404
    assert here.browser().post(f"/campaign-agreements/{first}/move/accept").status_code == 303
    assert finance.post("/campaigns/1/move/approve").status_code == 409
    assert there.browser().post(f"/campaign-agreements/{second}/move/accept").status_code == 303
    assert finance.post("/campaigns/1/move/approve").status_code == 303
    # the price list's planning fee is owed by the merchant that asked for it
    assert one(app, "SELECT amount FROM plan_charge WHERE kind = 'campaign_planning' AND merchant_id = :id", id=here.house.merchant_id) == 200_000
    priced = li.post("/vouchers/price", {"deal_id": here.deals["双人下午茶"], "count": 2}).json
    assert (priced["payable"], priced["off"]) == (12240, [{"title": "万象城周年庆", "amount": 1360}])
    used, unused = here.bought(li, "双人下午茶", 2)
    assert one(app, "SELECT given FROM marketing_campaign") == 1360
    assert li.post(f"/vouchers/mine/{unused['id']}/refunds", {"reason": "用不上"}).json["amount"] == 6120
    here.redeem(used["code"])
    later(app, minutes=11)
    with app.app_context():
        enter_scope(EVERYTHING)
        # of 6.80 given here bears 2.04, there 1.36, the platform the rest; nobody has anything available yet
        assert [balance(merchant_receivable(each.house.merchant_id)) for each in (here, there)] == [-204, -136]
        assert balance(cost("coupon_subsidy")) == -340
    with app.app_context(), transaction(SETUP) as session:
        part = session.get_one(Order, one(app, "SELECT order_id FROM redeem_redemption"))
        refund_ruled(part, {part.lines[0].id: 3060}, reason="服务不好，退一半", actor=SETUP, now=datetime.now(UTC))
    with app.app_context():
        enter_scope(EVERYTHING)
        assert [balance(merchant_available(each.house.merchant_id)) for each in (here, there)] == [102, 68]
        assert balance(cost("coupon_subsidy")) == -170


def test_one_merchant_that_declines_ends_it(app: Flask, here: Shop, there: Shop) -> None:
    today = business_day(datetime.now(UTC))
    codes = [one(app, "SELECT code FROM party_merchant WHERE id = :id", id=each.house.merchant_id) for each in (here, there)]
    staff(app, "Operator").post("/campaigns/new", data={
        "trade": "vouchers", "title": "谈不成", "ppm": "10", "budget": "100", "begins_on": today.isoformat(), "ends_on": today.isoformat(),
        "shares": f"{codes[0]} 50\n{codes[1]} 50", "reason": "试试",
    })
    party = one(app, "SELECT id FROM marketing_campaign_party WHERE merchant_id = :id", id=there.house.merchant_id)
    assert there.browser().post(f"/campaign-agreements/{party}/move/decline", data={"reason": "太高了"}).status_code == 303
    assert one(app, "SELECT status FROM marketing_campaign") == "refused"


@pytest.mark.covers("vouchers.S1", "vouchers.E1", "vouchers.R1")
def test_an_admitted_merchant_owes_the_entry_fee(app: Flask) -> None:
    from app.framework.database import get
    from app.kernel.parties.models import Merchant
    from app.kernel.plans.operations.deposits import on_merchant_admitted

    house = merchant(app, "云上茶室", trade="vouchers")
    with app.app_context(), transaction(SETUP):
        on_merchant_admitted(merchant=get(Merchant, house.merchant_id), trade="vouchers", actor=SETUP, now=datetime.now(UTC))
    assert one(app, "SELECT amount FROM plan_charge WHERE kind = 'entry_fee' AND merchant_id = :id", id=house.merchant_id) == 80_000

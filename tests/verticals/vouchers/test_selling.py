"""From a deal's form to its codes: review, search, purchase, limits; refunds while unused, expiry by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app.core import clock
from app.core.periods import business_day
from app.kernel.redemption.jobs import complete_redemptions, expire_vouchers, warn_of_ends
from app.verticals.vouchers.jobs import cancel_unpaid_vouchers
from tests.kernel.marketing.test_coupons import coupon, of_platform
from tests.support.people import Shopper, staff
from tests.verticals.vouchers.world import Shop, money, one, shop

FORM = {
    "title": "双人下午茶", "kind": "service", "price": "68.00", "market_price": "128.00", "uses": "1", "quantity": "50", "per_customer": "2",
    "valid_days": "30", "last_day": "", "closed_days": "", "description": "两份甜点两杯茶",
}


@pytest.fixture
def place(app: Flask) -> Shop:
    return shop(app, "云上茶室", "万象城店", "老街店")


@pytest.fixture
def li(app: Flask) -> Shopper:
    return Shopper(app, "li")


def titles(app: Flask, **query: object) -> list[str]:
    answer = app.test_client().get("/api/v1/vouchers/deals", query_string=query)
    assert answer.status_code == 200, answer.json
    return [item["title"] for item in answer.json["items"]]


@pytest.mark.covers("vouchers.S2", "vouchers.E2", "vouchers.E7", "vouchers.F1")
def test_a_deal_goes_from_the_form_through_review_to_customers(app: Flask, place: Shop) -> None:
    form = FORM | {"store_ids": [str(place.stores["万象城店"])]}
    refused = place.browser().post("/vouchers/deals/new", data=form | {"market_price": "60.00"})
    assert (refused.status_code, "门市价不能比团购价低" in refused.get_data(as_text=True)) == (422, True)
    assert place.browser().post("/vouchers/deals/new", data=form | {"store_ids": []}).status_code == 422
    assert place.browser("Cashier").post("/vouchers/deals/new", data=form).status_code == 403
    assert one(app, "SELECT count(*) FROM vouchers_deal") == 0
    assert place.browser().post("/vouchers/deals/new", data=form).status_code == 303
    assert one(app, "SELECT status FROM vouchers_deal") == "pending"
    assert titles(app) == []
    reviewer = staff(app, "Reviewer")
    case = one(app, "SELECT id FROM approval_case WHERE kind = 'vouchers.deal'")
    assert "双人下午茶" in reviewer.get("/review/", follow_redirects=True).get_data(as_text=True)
    reviewer.post(f"/review/{case}/claim")
    assert reviewer.post(f"/review/{case}/decide", data={"decision": "approve"}).status_code in {302, 303}
    assert one(app, "SELECT status FROM vouchers_deal") == "on_sale"
    assert (titles(app, q="下午茶"), titles(app, q="烧烤"), titles(app, kind="card")) == (["双人下午茶"], [], [])
    key = one(app, "SELECT id FROM vouchers_deal")
    deal = app.test_client().get(f"/api/v1/vouchers/deals/{key}").json
    assert (deal["price"], deal["left"], deal["per_customer"], [each["name"] for each in deal["stores"]]) == (6800, 50, 2, ["万象城店"])
    changed = place.browser().post(f"/vouchers/deals/{key}/edit", data=form | {"price": "88.00", "version": str(one(app, "SELECT version FROM vouchers_deal"))})
    assert changed.status_code == 303
    assert app.test_client().get(f"/api/v1/vouchers/deals/{key}").json["price"] == 6800, "a new price waits for a reviewer beside the one on sale"


@pytest.mark.covers("vouchers.S3", "vouchers.E3", "vouchers.E7")
def test_a_purchase_keeps_its_limits(app: Flask, place: Shop, li: Shopper) -> None:
    deal = place.deal("代金券", price=9000, quantity=3, per_customer=2)
    assert li.post("/vouchers/orders", {"deal_id": deal, "count": 1, "expected": 8999}).json["code"] == "vouchers.price_changed"
    assert li.post("/vouchers/orders", {"deal_id": deal, "count": 3, "expected": 27000}).json["code"] == "vouchers.over_limit"
    assert li.post("/vouchers/orders", {"deal_id": deal, "count": 4, "expected": 36000}).json["code"] == "vouchers.sold_out"
    assert one(app, "SELECT sold FROM vouchers_deal") == 0
    assert len(place.bought(li, "代金券", 2)) == 2
    assert li.post("/vouchers/orders", {"deal_id": deal, "count": 1, "expected": 9000}).json["code"] == "vouchers.over_limit"
    placed = place.place(Shopper(app, "wang"), "代金券")
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(minutes=16)):
        assert cancel_unpaid_vouchers() == 1
    assert one(app, "SELECT sold FROM vouchers_deal") == 2
    assert one(app, "SELECT status FROM order_order WHERE id = :id", id=placed["id"]) == "cancelled"


def test_forty_shoppers_and_one_piece(app: Flask, place: Shop) -> None:
    deal = place.deal("最后一份", price=5000, quantity=1)
    shoppers = [Shopper(app, f"shopper{number}") for number in range(40)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda shopper: shopper.post("/vouchers/orders", {"deal_id": deal, "expected": 5000}), shoppers))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 39
    assert one(app, "SELECT sold FROM vouchers_deal") == 1


@pytest.mark.covers("vouchers.E3")
def test_what_is_unused_goes_back_any_time_use_by_use(app: Flask, place: Shop, li: Shopper) -> None:
    place.deal("洗车三次", price=10000, uses=3)
    [voucher] = place.bought(li, "洗车三次")
    place.redeem(voucher["code"])
    answer = li.post(f"/vouchers/mine/{voucher['id']}/refunds", {"count": 1, "reason": "用不上了"})
    assert (answer.status_code, answer.json["amount"], answer.json["voucher"]["left"]) == (201, 3333, 1)
    assert li.post(f"/vouchers/mine/{voucher['id']}/refunds", {"count": 2, "reason": "再退"}).json["code"] == "redeem.nothing_unused"
    assert Shopper(app, "wang").post(f"/vouchers/mine/{voucher['id']}/refunds", {"reason": "不是我的"}).status_code == 404
    rest = li.post(f"/vouchers/mine/{voucher['id']}/refunds", {"reason": "都不要了"})
    assert (rest.status_code, rest.json["amount"], rest.json["voucher"]["status"]) == (201, 3333, "used")
    assert li.post(f"/vouchers/mine/{voucher['id']}/refunds", {"reason": "再来"}).status_code == 409
    assert place.redeem(voucher["code"]).status_code == 409
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(minutes=11)):
        assert complete_redemptions() == 1
    assert money(app, li, place) == {"escrow": 0, "commission": 167, "fee": 20, "owed": 6666, "pending": [3147]}
    order = li.get("/vouchers/orders").json["items"][0]
    assert (order["status"], order["paid"], order["refunded"]) == ("over", 10000, 6666)


def sold(app: Flask) -> tuple[int, int]:
    """Pieces that the deal counts as sold, and pieces that came back to it."""
    return one(app, "SELECT sold FROM vouchers_deal"), one(app, "SELECT COALESCE(sum(returned), 0) FROM vouchers_order")


@pytest.mark.covers("vouchers.E3")
def test_a_voucher_refunded_unused_is_for_sale_again_and_frees_its_customers_limit(app: Flask, place: Shop, li: Shopper) -> None:
    deal = place.deal("代金券", price=9000, quantity=2, per_customer=2)
    first, second = place.bought(li, "代金券", 2)
    wish = {"deal_id": deal, "count": 1, "expected": 9000}
    assert li.post("/vouchers/orders", wish).json["code"] == "vouchers.sold_out"
    assert li.post(f"/vouchers/mine/{first['id']}/refunds", {"reason": "用不上了"}).status_code == 201
    assert sold(app) == (1, 1)
    assert len(place.bought(li, "代金券")) == 1
    assert Shopper(app, "wang").post("/vouchers/orders", wish).json["code"] == "vouchers.sold_out"
    assert place.redeem(second["code"]).status_code == 303
    assert li.post(f"/vouchers/mine/{second['id']}/refunds", {"reason": "用过了"}).status_code == 409
    assert sold(app) == (2, 1)


def test_a_card_that_was_used_once_does_not_come_back_nor_does_what_expired(app: Flask, place: Shop, li: Shopper) -> None:
    deal = place.deal("洗车三次", price=9000, uses=3, quantity=2, per_customer=2, valid_days=5)
    card, _idle = place.bought(li, "洗车三次", 2)
    place.redeem(card["code"])
    assert li.post(f"/vouchers/mine/{card['id']}/refunds", {"reason": "都不要了"}).status_code == 201
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(days=7)):
        assert expire_vouchers() == 1
    assert sold(app) == (2, 0)
    assert one(app, "SELECT count(*) FROM redeem_voucher WHERE status = 'refunded'") == 0
    assert li.post("/vouchers/orders", {"deal_id": deal, "count": 1, "expected": 9000}).json["code"] == "vouchers.sold_out"


def test_what_expired_stays_counted_against_the_customers_limit(app: Flask, place: Shop, li: Shopper) -> None:
    deal = place.deal("双人下午茶", price=6800, per_customer=1, valid_days=5)
    place.bought(li, "双人下午茶")
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(days=7)):
        assert expire_vouchers() == 1
    assert li.post("/vouchers/orders", {"deal_id": deal, "count": 1, "expected": 6800}).json["code"] == "vouchers.over_limit"


def test_forty_refunds_bring_one_piece_back_and_forty_shoppers_buy_it_once(app: Flask, place: Shop, li: Shopper) -> None:
    deal = place.deal("最后一份", price=5000, quantity=1)
    [voucher] = place.bought(li, "最后一份")
    headers = [li.headers() for _ in range(40)]
    path = f"/api/v1/vouchers/mine/{voucher['id']}/refunds"
    with ThreadPoolExecutor(16) as pool:
        refunds = list(pool.map(lambda each: app.test_client().post(path, json={"reason": "不要了"}, headers=each).status_code, headers))
    assert (sorted(refunds), sold(app)) == ([201] + [409] * 39, (0, 1))
    shoppers = [Shopper(app, f"shopper{number}") for number in range(40)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda shopper: shopper.post("/vouchers/orders", {"deal_id": deal, "expected": 5000}).status_code, shoppers))
    assert (sorted(answers), sold(app)) == ([201] + [409] * 39, (1, 1))


@pytest.mark.covers("vouchers.E3", "vouchers.E6")
def test_an_expired_voucher_is_refunded_by_itself_after_a_warning(app: Flask, place: Shop, li: Shopper) -> None:
    place.deal("双人下午茶", price=6800, valid_days=5)
    first, _second = place.bought(li, "双人下午茶", 2)
    place.redeem(first["code"])
    now = datetime.now(UTC)
    with app.app_context():
        assert (warn_of_ends(), expire_vouchers()) == (0, 0)
        with clock.at(now + timedelta(days=4)):
            assert (warn_of_ends(), warn_of_ends()) == (1, 0)
        with clock.at(now + timedelta(days=7)):
            assert complete_redemptions() == 1
            assert (expire_vouchers(), expire_vouchers()) == (1, 0)
    assert [each["status"] for each in li.get("/vouchers/mine").json["items"]] == ["expired", "used"]
    assert money(app, li, place) == {"escrow": 0, "commission": 340, "fee": 20, "owed": 6800, "pending": [6440]}
    assert [each["kind"] for each in li.get("/messages").json["items"]] == ["redemption.expired", "redemption.ends_soon", "redemption.redeemed"]


def test_a_voucher_rests_on_its_closed_days(app: Flask, place: Shop, li: Shopper) -> None:
    today = business_day(datetime.now(UTC))
    place.deal("周末不可用", price=3000, closed_weekdays=[today.weekday()])
    [voucher] = place.bought(li, "周末不可用")
    answer = place.redeem(voucher["code"])
    assert (answer.status_code, "今天是不可用日期" in answer.get_data(as_text=True)) == (409, True)
    assert one(app, "SELECT count(*) FROM redeem_redemption") == 0
    place.browsers.clear()  # a session does not last until tomorrow
    with clock.at(datetime.now(UTC) + timedelta(days=1)):
        assert place.redeem(voucher["code"]).status_code == 303


def test_what_is_asked_back_at_the_desk_is_not_redeemed(app: Flask, place: Shop, li: Shopper) -> None:
    place.deal("双人下午茶", price=6800)
    [voucher] = place.bought(li, "双人下午茶")
    page = place.browser().get(f"/refund-order/{voucher['order_id']}")
    assert page.status_code == 200
    line = one(app, "SELECT id FROM order_line")
    answer = place.browser().post(f"/refund-order/{voucher['order_id']}", data={f"line-{line}": "68.00", "reason": "顾客当面要退"})
    assert answer.status_code == 303
    shown = li.get(f"/vouchers/mine/{voucher['id']}").json
    assert (shown["status"], shown["left"]) == ("refunded", 0)
    assert place.redeem(voucher["code"]).status_code == 409


def test_a_named_coupon_that_would_make_a_use_free_is_refused(app: Flask, place: Shop, li: Shopper) -> None:
    deal = place.deal("三次茶点", price=3, uses=3)
    key = of_platform(app, trade="vouchers", title="无门槛 1 元", least="0", off="1")
    copy = li.post(f"/coupons/{key}/claims").json["id"]
    wish = {"deal_id": deal, "count": 1}
    assert [li.post("/vouchers/price", {**wish, **more}).json["payable"] for more in ({}, {"claims": []})] == [3, 3]
    for answer in (li.post("/vouchers/price", {**wish, "claims": [copy]}), li.post("/vouchers/orders", {**wish, "claims": [copy], "expected": 3})):
        assert (answer.status_code, answer.json["code"]) == (409, "coupon.leaves_nothing") and "无门槛 1 元" in answer.get_data(as_text=True)
    assert (one(app, "SELECT count(*) FROM vouchers_order"), coupon(app, key)["given"]) == (0, 0)
    assert li.post("/vouchers/price", {**wish, "count": 2, "claims": [copy]}).json["code"] == "coupon.leaves_nothing"

"""Every fee of the trade is in its price list, is charged, and shows in the trade's profit; redemptions are reviewed and complained of like orders."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app.core import clock
from app.core.periods import business_day
from app.framework.database import transaction
from app.kernel.plans.operations.placements import add_slot
from app.kernel.redemption.jobs import complete_redemptions
from tests.kernel.plans.world import give
from tests.support.people import SETUP, Shopper, staff
from tests.support.pictures import picture
from tests.verticals.vouchers.world import Shop, one, shop


@pytest.fixture
def place(app: Flask) -> Shop:
    made = shop(app, "云上茶室", "万家商场店")
    made.deal("双人下午茶", price=6800)
    return made


def redeemed(app: Flask, place: Shop, shopper: Shopper) -> int:
    """The order of a completed redemption."""
    [voucher] = place.bought(shopper, "双人下午茶")
    place.redeem(voucher["code"])
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(minutes=11)):
        assert complete_redemptions() == 1
    return int(shopper.get(f"/vouchers/mine/{voucher['id']}").json["redemptions"][0]["order_id"])


@pytest.mark.covers("vouchers.R5", "vouchers.E4")
def test_a_merchant_advertises_in_the_mall_and_each_fee_shows_in_the_profit(app: Flask, place: Shop) -> None:
    redeemed(app, place, Shopper(app, "li"))
    give(app, place.house.merchant_id, 60_000)
    with app.app_context(), transaction(SETUP):
        slot = add_slot(
            trade="vouchers", page="mall", region="", title="商场首屏", kind="placement", capacity=1, members_only=False, on_sale=True, actor=SETUP,
            now=datetime.now(UTC),
        ).id
    booking = {
        "slot_id": str(slot), "starts_on": f"{business_day(datetime.now(UTC)) + timedelta(days=1)}", "days": "7", "title": "下午茶上新",
        "link": "/pages/vouchers/deal?id=1", "image": (io.BytesIO(picture()), "tea.jpg"),
    }
    assert place.browser().post("/ad-bookings/new", data=booking, content_type="multipart/form-data").status_code == 303
    charge = one(app, "SELECT id FROM plan_charge WHERE purpose = 'placement'")
    assert one(app, "SELECT amount FROM plan_charge WHERE id = :id", id=charge) == 50_000
    assert place.browser().post(f"/charges/{charge}/move/pay_from_balance", data={"confirmed_amount": "500"}).status_code == 303
    assert one(app, "SELECT total FROM plan_deferral") == 50_000
    finance = staff(app, "Finance")
    profit = finance.get("/profit/", follow_redirects=True).get_data(as_text=True)
    assert "商家核销" in profit
    # 5 % of 68.00, and 0.20 a use
    assert one(app, "SELECT string_agg(concat(kind, ' ', amount), ', ' ORDER BY kind) FROM fee_line") == "commission 340, redemption_fee 20"
    rules = finance.get("/fees/desk/", query_string={"trade": "vouchers"}).get_data(as_text=True)
    assert [words in rules for words in ("商场入驻费", "核销佣金", "每次核销费", "活动策划费", "商场广告位")] == [True] * 5


@pytest.mark.covers("vouchers.E3", "vouchers.E6")
def test_a_redemption_is_reviewed_and_complained_of_where_it_was(app: Flask, place: Shop) -> None:
    li = Shopper(app, "li")
    order = redeemed(app, place, li)
    answer = li.post("/reviews", {"order_id": order, "stars": 5, "words": "茶很好"})
    assert answer.status_code == 201, answer.json
    shown = app.test_client().get("/api/v1/reviews", query_string={"trade": "vouchers", "merchant_id": place.house.merchant_id}).json
    assert [each["stars"] for each in shown["items"]] == [5]
    bought = one(app, "SELECT split_from_id FROM order_order WHERE id = :id", id=order)
    assert li.post("/reviews", {"order_id": bought, "stars": 1, "words": ""}).status_code == 409, "a purchase is not completed itself"

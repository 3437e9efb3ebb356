"""A day at a mall: two merchants sell, three shoppers buy, cashiers redeem and one slip is undone; both sides see it, and every fen is somewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app.core import clock
from app.core.actors import EVERYTHING
from app.framework.database import enter_scope, transaction
from app.framework.live import hub
from app.kernel.ledger.proofs import assert_proofs_hold
from app.kernel.redemption.jobs import complete_redemptions, expire_vouchers
from app.kernel.redemption.operations.issuing import topic_of
from app.kernel.redemption.operations.redeeming import redeem
from app.kernel.settlement.operations.release import release_due
from tests.support.people import SETUP, Shopper, staff
from tests.verticals.vouchers.world import Shop, money, one, shop


@pytest.fixture
def tea(app: Flask) -> Shop:
    made = shop(app, "云上茶室", "茶室万象城店", "茶室老街店")
    made.deal("双人下午茶", price=6800)
    made.deal("茶点五次卡", price=10000, uses=5)
    return made


@pytest.fixture
def grill(app: Flask) -> Shop:
    made = shop(app, "阿福烧烤", "烧烤万象城店")
    made.deal("代金券 100 元", price=8800, kind="coupon")
    return made


@pytest.mark.covers("vouchers.S1", "vouchers.S2", "vouchers.S3", "vouchers.S4", "vouchers.S5", "vouchers.F1", "vouchers.F3", "vouchers.F4", "vouchers.E6")
def test_a_day_ends_with_every_fen_in_its_place(app: Flask, tea: Shop, grill: Shop) -> None:
    li, wang, zhao = (Shopper(app, name) for name in ("li", "wang", "zhao"))
    [card], [single] = tea.bought(li, "茶点五次卡"), tea.bought(wang, "双人下午茶")
    first, second = grill.bought(zhao, "代金券 100 元", 2)
    tea.redeem(card["code"], count=2)
    tea.redeem(li.get("/vouchers/code").json["payload"], store="茶室老街店")
    grill.redeem(first["payload"])
    grill.redeem(second["code"])
    slip = one(app, "SELECT max(id) FROM redeem_redemption")
    grill.browser("Manager").post(f"/redemptions/{slip}/move/undo", data={"reason": "多核了一张"})
    wang.post(f"/vouchers/mine/{single['id']}/refunds", {"reason": "来不了"})
    now = datetime.now(UTC)
    with app.app_context(), clock.at(now + timedelta(minutes=11)):
        assert complete_redemptions() == 3
    with app.app_context(), clock.at(now + timedelta(days=32)):
        assert expire_vouchers() == 2
    # tea: 3 uses of 20.00 less 1.00 and 0.20 each; grill: one of 88.00 less 4.40 and 0.20
    assert money(app, li, tea, grill) == {"escrow": 0, "commission": 740, "fee": 80, "owed": 4000, "pending": [5640, 8340]}
    with app.app_context(), transaction(SETUP):
        assert release_due(now + timedelta(days=40)) == 3
    with app.app_context():
        enter_scope(EVERYTHING)
        assert_proofs_hold()
    assert [li.get(f"/vouchers/mine/{card['id']}").json[name] for name in ("used", "refunded", "status")] == [3, 2, "expired"]
    # the merchants' own pages say the same
    page = tea.browser().get("/vouchers/insights/").get_data(as_text=True)
    assert [words in page for words in ("卖出的券", "168.00", "过期没用", "茶室老街店", "每天卖出和核销")] == [True] * 5
    assert tea.browser("Cashier").get("/vouchers/insights/").status_code == 403
    home = tea.browser().get("/").get_data(as_text=True)
    assert "各门店核销" in home
    lists = (
        "/redemptions/", "/vouchers/orders/", "/vouchers/codes/", "/vouchers/deals/", "/vouchers/partners/", "/stores/", "/campaign-agreements/", "/redeem/",
    )
    assert [tea.browser().get(each).status_code for each in lists] == [200] * len(lists)
    deal, store = tea.deals["双人下午茶"], tea.stores["茶室万象城店"]
    made = one(app, "SELECT max(id) FROM redeem_redemption WHERE merchant_id = :id", id=tea.house.merchant_id)
    pages = (f"/vouchers/deals/{deal}", f"/vouchers/deals/{deal}/edit", f"/vouchers/codes/{card['id']}", f"/stores/{store}", f"/redemptions/{made}")
    assert [tea.browser().get(each).status_code for each in pages] == [200] * len(pages)
    finance, operator = staff(app, "Finance"), staff(app, "Operator")
    part = one(app, "SELECT min(order_id) FROM redeem_redemption WHERE status = 'done'")
    shown = finance.get(f"/vouchers/orders/{part}").get_data(as_text=True)
    assert [words in shown for words in ("核销佣金 v1", "每次核销费 v1", "订单完成", "从原订单拆来")] == [True] * 4
    assert "阿福烧烤" in operator.get("/redemptions/").get_data(as_text=True)


@pytest.mark.covers("vouchers.F3")
def test_both_sides_hear_of_a_redemption_as_it_happens(app: Flask, tea: Shop) -> None:
    li = Shopper(app, "li")
    [voucher] = tea.bought(li, "双人下午茶")
    store = tea.stores["茶室万象城店"]
    with app.app_context():
        streams = [hub().stream(topic, seconds=10) for topic in (topic_of(li.id), f"store:{store}", f"merchant:{tea.house.merchant_id}:orders")]
        assert [next(stream).startswith(b"retry") for stream in streams if stream] == [True] * 3
        with transaction(tea.actor):
            redeem(voucher["id"], store_id=store, actor=tea.actor, now=datetime.now(UTC))
        assert [b"event: change" in next(stream) for stream in streams if stream] == [True] * 3
        for stream in streams:
            stream.close()  # type: ignore[union-attr]
    assert tea.browser().get(f"/redeem/events/{store}", buffered=False).mimetype == "text/event-stream"

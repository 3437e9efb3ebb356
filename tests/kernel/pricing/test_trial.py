"""The trial of fees through the console: every fee with its rule, its arithmetic in words, and nothing stored; and who hears of a draft."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select

from app.core import clock
from app.extensions import db
from app.framework.database import transaction
from app.kernel.commission.models import FeeLine
from app.kernel.pricing.trial import trial_price, try_fees
from tests.kernel.pricing.test_desk import soon
from tests.kernel.pricing.world import draft, fallback_id, in_force, rule
from tests.kernel.settlement.test_notices import told
from tests.kernel.settlement.world import MAKER
from tests.support.people import merchant, sign_in, staff

ORDER = {"trade": "dining", "merchant_id": "", "order_kind": "delivery", "goods": "100", "pieces": "3", "merchant_discount": "10", "delivery": "5"}


def stored(app: Flask) -> int:
    """How many fee lines there are."""
    with app.app_context(), transaction(MAKER):
        return db.session.scalar(select(func.count()).select_from(FeeLine)) or 0


def test_every_fee_with_its_arithmetic(app: Flask) -> None:
    peak = rule(app, "外卖加收", order_kind="delivery")
    in_force(app, peak, ppm=90_000, least_fen=50, most_fen=600)
    before = stored(app)
    finance = staff(app, "Finance", "finance7")
    page = finance.get("/fees/trial/", query_string={**ORDER, "at": soon()}).get_data(as_text=True)
    expected = ["外卖加收 v1", "90.00", "6.00", "最低 ¥0.50，最高 ¥6.00", "商户一共付", "不按订单收", "餐厅入驻费", "?version="]
    assert [word for word in expected if word not in page] == []
    assert stored(app) == before


def test_each_method_is_reckoned_as_orders_are(app: Flask) -> None:
    fallback = fallback_id(app)
    in_force(app, fallback, method="per_unit", fen=20)
    cost = trial_price(goods=10_000, merchant_discount=1_000, platform_discount=0, delivery=500)
    with app.app_context(), transaction(MAKER), app.test_request_context():
        fees = {fee.kind: fee for fee in try_fees("dining", 0, "pickup", cost, 3, clock.now())}
        assert (fees["commission"].amount, fees["commission"].arithmetic) == (60, "3 件 × ¥0.20 = ¥0.60")
        assert (fees["delivery_margin"].amount, fees["delivery_margin"].base) == (75, 500)
        assert (fees["entry_fee"].amount, fees["entry_fee"].base) == (None, None)
    assert cost.payable == 9_500


def test_what_cannot_be_read_is_said_and_nobody_else_looks(app: Flask) -> None:
    finance = staff(app, "Finance", "finance7")
    wrong = finance.get("/fees/trial/", query_string={**ORDER, "at": "", "goods": "1.234"}).get_data(as_text=True)
    assert ("选择下单时间" in wrong, "这样一单的费用" in wrong) == (True, False)
    owner = sign_in(app, merchant(app).members["Owner"])
    assert (finance.get("/fees/trial/").status_code, owner.get("/fees/trial/").status_code) == (200, 403)


def test_finance_hears_of_a_draft(app: Flask) -> None:
    people = {"finance8", "finance9"}  # MAKER's id may be the first one's: nobody is told of an own draft
    for name in sorted(people):
        staff(app, "Finance", name)
    draft(app, fallback_id(app), ppm=70_000)
    heard = told(app)
    assert (people >= {who for who, _ in heard}, {title.split(" ", 2)[-1] for _, title in heard}) == (True, {"等你批准"})

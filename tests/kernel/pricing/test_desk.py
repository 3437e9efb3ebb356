"""The rule desk through the console: finance proposes every method, sees what it would have charged, and another person approves."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.core.actors import EVERYTHING
from app.core.periods import local
from app.extensions import db
from app.framework.database import enter_scope
from app.kernel.commission.models import FeeOrdering, FeeRule, FeeRuleVersion
from tests.kernel.pricing.test_replay import sold
from tests.kernel.pricing.world import charged, draft, fallback_id, in_force, kind_id, rule
from tests.support.people import Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


def soon(days: int = 0) -> str:
    """A time of day in Shanghai as a browser sends it, a minute ahead."""
    return f"{local(datetime.now(UTC) + timedelta(days=days, minutes=2)):%Y-%m-%dT%H:%M}"


def typed(**more: Any) -> dict[str, Any]:
    """The form of a version, as it is filled for 7 %."""
    return {"method": "ppm", "base": "after_merchant_coupon", "ppm": "7", "margin": "slab", "starts_at": soon(), "reason": "淡季", **more}


def latest(app: Flask) -> tuple[Any, ...]:
    """Method, base, ppm, fen, tiers, marginal, limits, status, and rule of the newest version."""
    with app.app_context():
        enter_scope(EVERYTHING)
        each = db.session.scalars(select(FeeRuleVersion).order_by(FeeRuleVersion.id.desc()).limit(1)).one()
        return each.method, each.base, each.ppm, each.fen, each.tiers, each.marginal, each.least_fen, each.most_fen, each.status, each.rule.title


def versions_count(app: Flask) -> int:
    """How many versions and rules there are, together."""
    with app.app_context():
        enter_scope(EVERYTHING)
        return db.session.scalar(text("SELECT (SELECT count(*) FROM fee_rule_version) + (SELECT count(*) FROM fee_rule)"))


@pytest.fixture
def finance(app: Flask) -> FlaskClient:
    return staff(app, "Finance")


def test_the_price_list_names_every_trade_and_opens_its_desks(app: Flask, finance: FlaskClient) -> None:
    page = finance.get("/fees/desk/").text
    for words in ("配送佣金", "15 %", "¥1,200.00 / 年", "同城配送", "点餐佣金", "老师分成", "¥0.05 一件", "保证金（不是收入）"):
        assert words in page
    assert "团购差价" in finance.get("/fees/desk/?trade=groupbuy").text
    assert "团购差价" not in finance.get("/fees/desk/?trade=dining").text
    desk = finance.get(f"/fees/desk/{kind_id(app)}").text
    for words in ("点餐佣金 v1", "5 % — 12 %", "其余全部", "商户 → 平台", "经纪代理 6%"):
        assert words in desk
    assert finance.get(f"/fees/desk/{kind_id(app, 'annual_fee', 'delivery')}").status_code == 200


AFTER = ("after_merchant_coupon", 0, 0)


@pytest.mark.parametrize(("more", "kept"), [
    ({}, ("ppm", "after_merchant_coupon", 70_000, 0, [], False, None, None)),
    ({"fen": "0.20", "least_fen": "0.5", "most_fen": "60"}, ("ppm", "after_merchant_coupon", 70_000, 20, [], False, 50, 6_000)),
    ({"method": "per_order", "fen": "1.5", "base": "list_with_delivery"}, ("per_order", "list_with_delivery", 0, 150, [], False, None, None)),
    ({"method": "per_unit", "fen": "0.20"}, ("per_unit", "after_merchant_coupon", 0, 20, [], False, None, None)),
    (
        {
            "method": "amount_tiers", "margin": "marginal", "tiers-0-starts": "0", "tiers-0-ppm": "8", "tiers-7-starts": "1000", "tiers-7-ppm": "6.5",
            "tiers-9-starts": "",
        },
        ("amount_tiers", *AFTER, [{"starts": 0, "ppm": 80_000, "fen": 0}, {"starts": 100_000, "ppm": 65_000, "fen": 0}], True, None, None),
    ),
    (
        {"method": "volume_tiers", "tiers-0-ppm": "8", "tiers-1-starts": "50000", "tiers-1-ppm": "5"},
        ("volume_tiers", *AFTER, [{"starts": 0, "ppm": 80_000, "fen": 0}, {"starts": 5_000_000, "ppm": 50_000, "fen": 0}], False, None, None),
    ),
])
def test_finance_proposes_every_method(app: Flask, finance: FlaskClient, more: dict[str, Any], kept: tuple[Any, ...]) -> None:
    address = f"/fees/draft/{kind_id(app)}/rules/{fallback_id(app)}"
    assert 'name="ppm"' in (form := finance.get(address).text)
    assert 'value="8"' in form  # filled with the version in force
    answer = finance.post(address, data=typed(**more))
    assert answer.status_code == 303, answer.text
    assert latest(app) == (*kept, "draft", "点餐佣金")
    assert finance.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize(("more", "words"), [
    ({"starts_at": "2026-01-01T00:00"}, "开始时间要晚于现在"),
    ({"ppm": "101"}, "费率在 0 到 100 % 之间"),
    ({"method": "amount_tiers"}, "写 1 到 12 档"),
    ({"method": "amount_tiers", "tiers-0-starts": "5", "tiers-0-ppm": "8"}, "第一档从 0 开始"),
    ({"method": "amount_tiers", "tiers-0-starts": "x", "tiers-0-ppm": "8"}, "不是金额"),
    ({"method": "amount_tiers", "tiers-0-starts": "0", "tiers-0-ppm": "x"}, "写百分数"),
    ({"least_fen": "9", "most_fen": "1"}, "最高不能低于最低"),
    ({"ends_at": "2036-01-01T00:00"}, "兜底的费率不能有结束时间"),
    ({"method": "per_period"}, "Not a valid choice"),
    ({"reason": ""}, "写明原因"),
])
def test_what_does_not_fit_is_refused_beside_its_field_and_nothing_is_kept(app: Flask, finance: FlaskClient, more: dict[str, Any], words: str) -> None:
    before = versions_count(app)
    answer = finance.post(f"/fees/draft/{kind_id(app)}/rules/{fallback_id(app)}", data=typed(**more))
    assert answer.status_code == 422
    if words != "Not a valid choice":
        assert words in answer.text
    assert versions_count(app) == before


def test_a_rule_with_conditions_is_drafted_replayed_and_approved_by_another(app: Flask, finance: FlaskClient, place: Restaurant) -> None:
    sold(app, place)
    answer = finance.post(f"/fees/draft/{kind_id(app)}/rule", data=typed(title="堂食", order_kind="dine_in", category="", ppm="10"))
    assert answer.status_code == 303, answer.text
    desk = finance.get(answer.headers["Location"]).text
    # 36.00 eaten in: 2.88 at 8 %, 3.60 at 10 %; all four orders bear 18.28 and 19.00
    for words in ("堂食 v1", "老巷子砂锅粥", "228.50", "18.28", "19.00", "+0.72", "第 1 条会接管第 2 条“点餐佣金”的一部分订单", "1 家商户的费用会变，合计"):
        assert words in desk, words
    assert "data-chart" in desk
    version = answer.headers["Location"].rsplit("version=", 1)[1]
    refused = finance.post(f"/fees/versions/{version}/move/approve", data={})
    assert refused.status_code == 403
    assert latest(app)[-2:] == ("draft", "堂食")
    other = staff(app, "Finance", "second")
    assert other.post(f"/fees/versions/{version}/move/approve", data={"back": f"/fees/desk/{kind_id(app)}"}).status_code == 303
    assert latest(app)[-2:] == ("approved", "堂食")


def test_a_refused_first_version_leaves_no_rule_behind(app: Flask, finance: FlaskClient) -> None:
    before = versions_count(app)
    answer = finance.post(f"/fees/draft/{kind_id(app)}/rule", data=typed(title="高峰", order_kind="", category="", from_time="13:00", to_time="11:00"))
    assert (answer.status_code, "时段要写开始和结束" in answer.text) == (422, True)
    for more in ({"from_time": "25:00", "to_time": "x"}, {"method": "amount_tiers"}):
        assert finance.post(f"/fees/draft/{kind_id(app)}/rule", data=typed(title="坏", order_kind="", category="", **more)).status_code == 422
    assert versions_count(app) == before


def test_rules_change_places_with_a_look_at_what_it_buries(app: Flask, finance: FlaskClient) -> None:
    first = rule(app, "外卖", order_kind="delivery")
    in_force(app, first, ppm=60_000)
    address, wished = f"/fees/draft/{kind_id(app)}/order", [fallback_id(app), first]
    rows = {f"rules-{place}-id": str(each) for place, each in enumerate(wished)}
    assert "外卖" in finance.get(address).text
    look = finance.post(address, data={**rows, "reason": "试试"})
    assert (look.status_code, "第 2 条“外卖”永远用不上了，被第 1 条盖住" in look.text) == (200, True)
    answer = finance.post(address, data={**rows, "reason": "试试", "confirmed": ",".join(map(str, wished))})
    assert answer.status_code == 303
    desk = finance.get(answer.headers["Location"]).text
    assert "永远用不上了" in desk
    with app.app_context():
        enter_scope(EVERYTHING)
        ordering = db.session.scalars(select(FeeOrdering)).one()
        assert (ordering.rule_ids, ordering.status) == (wished, "draft")
        key = ordering.id
    assert finance.post(f"/fees/orderings/{key}/move/approve", data={}).status_code == 403
    assert staff(app, "Finance", "second").post(f"/fees/orderings/{key}/move/approve", data={}).status_code == 303
    with app.app_context():
        enter_scope(EVERYTHING)
        assert list(db.session.scalars(select(FeeRule.id).where(FeeRule.trade == "dining", FeeRule.kind == "commission").order_by(FeeRule.rank))) == wished
    assert "1 条永远用不上" in finance.get(f"/fees/desk/{kind_id(app)}").text


def test_the_replay_is_a_spreadsheet_of_every_merchant(app: Flask, finance: FlaskClient, place: Restaurant) -> None:
    sold(app, place)
    version = draft(app, fallback_id(app), ppm=50_000)
    answer = finance.get(f"/fees/desk/{kind_id(app)}/replay.xlsx?version={version}")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "老巷子砂锅粥" in sheet
    assert "228.50" in sheet
    assert "18.28" in sheet
    assert finance.get(f"/fees/desk/{kind_id(app)}/replay.xlsx").status_code == 200
    assert finance.get(f"/fees/desk/{kind_id(app, 'entry_fee')}/replay.xlsx?version={version}").status_code == 404


def test_a_fee_line_says_why_to_finance_and_to_the_merchant(app: Flask, finance: FlaskClient, place: Restaurant) -> None:
    version = in_force(app, fallback_id(app), ppm=70_000, most_fen=200)
    placed = place.place(Shopper(app, "li"), ("鲜虾粥", 2), ("牛肉面", 1))
    assert charged(app, placed["id"])[0] == ("点餐佣金 v2", 70_000, 140)
    line = db_line(app, placed["id"])
    for browser in (finance, sign_in(app, place.house.members["Owner"])):
        page = browser.get(f"/fees/lines/{line}").text
        for words in ("¥51.50 × 7 %，整单 ¥2.00（最高 ¥2.00），按基数分到这一行 ¥1.40", "减商户优惠后", "试"):
            assert words in page, words
    assert f'href="/fees/versions/{version}"' in finance.get(f"/fees/lines/{line}").text
    assert placed["number"] in finance.get(f"/fees/versions/{version}").text


def db_line(app: Flask, order_id: int) -> int:
    """The first fee line of an order."""
    with app.app_context():
        enter_scope(EVERYTHING)
        return db.session.scalar(text("SELECT min(id) FROM fee_line WHERE order_id = :id"), {"id": order_id})


def test_a_merchant_reads_its_own_prices_and_no_one_elses(app: Flask, place: Restaurant) -> None:
    other = restaurant(app, "半亩茶餐厅")
    in_force(app, rule(app, "雨天"), ppm=12_500)  # buried by the contract, so not a price of this merchant
    contract = rule(app, "川渝合约")
    in_force(app, contract, ppm=70_000, merchant_id=place.house.merchant_id)
    in_force(app, contract, ppm=31_000, merchant_id=other.house.merchant_id)
    page = sign_in(app, place.house.members["Owner"]).get("/fees/mine/").text
    for words in ("点餐佣金", "合约价", "7 %", "餐厅入驻费", "¥500.00 / 一次", "储值佣金", "2 %", "顾客储值的钱"):
        assert words in page, words
    assert "3.1 %" not in page
    assert "1.25 %" not in page
    assert "8 %" not in page  # never asked: the contract takes everything
    assert "配送佣金" not in page
    assert sign_in(app, place.house.members["Cashier"]).get("/fees/mine/").status_code == 403

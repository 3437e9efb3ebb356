"""The audit speaks in words: every act of the code has one, and no list shows the name of a column instead of a label."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask import Flask

import config
from app.framework.console.columns import Column
from app.framework.console.view import ConsoleView
from app.framework.database import transaction
from app.kernel.audit.operations import append, seal_audit
from app.kernel.audit.words import act_in_words, value_in_words
from app.verticals.dining.models import Shop
from tests.support.people import SETUP, staff
from tests.verticals.dining.world import restaurant

WRITTEN = re.compile(r"append\(\s*\"([a-z_]+\.[a-z_]+)\"")


def acts() -> set[str]:
    return {act for path in (config.ROOT / "app").rglob("*.py") for act in WRITTEN.findall(path.read_text(encoding="utf-8"))}


def test_every_act_has_a_word(app: Flask) -> None:
    moves = {f"{flow.name}.{move.name}" for manifest in app.extensions["manifests"] for flow in manifest.flows for move in flow.moves}
    assert {"user.signed_in", "dining_order.placed"} <= acts()
    with app.app_context():
        assert sorted(act for act in acts() | moves if act_in_words(act) == act) == []


def test_no_filter_and_no_column_is_called_by_its_column(app: Flask) -> None:
    views = [view for view in app.appbuilder.baseviews if isinstance(view, ConsoleView)]
    with app.test_request_context():
        bare = [(view.name, each.name) for view in views for each in view.filters if str(each.label or view.label_of_column(each.column)) == each.column]
    assert bare == []


@pytest.mark.parametrize(("value", "words"), [
    (None, ""), ([], ""), (["辣", "不辣"], "辣、不辣"),
    ([{"name": "标准", "price": 1200}], "name 标准，price 1200"), ({"a": None, "b": 2}, "b 2"), (True, "是"), (0, "0"),
])
def test_values_of_every_shape_are_written(app: Flask, value: object, words: str) -> None:
    with app.test_request_context():
        assert value_in_words(Column("x", "x"), value) == words


def test_a_record_with_lists_and_pairs_in_its_story_opens_and_says_them(app: Flask) -> None:
    place = restaurant(app)
    with app.app_context(), transaction(SETUP) as session:
        changes = {"services": [["pickup"], ["pickup", "dine_in"]], "hours": [None, [{"day": 1, "from": "09:00"}]], "delivery_fee": [500, 650]}
        append("dining_shop.changed", session.get_one(Shop, place.shop_id), actor=SETUP, now=datetime.now(UTC), changes=changes)
    page = re.sub(r"<[^>]+>", "", staff(app, "Operator").get(f"/dining/shops/{place.shop_id}").get_data(as_text=True))
    assert "改了店铺设置" in page and "¥5.00 → ¥6.50" in page and "自取 → 自取、堂食" in page


def test_the_chain_is_checked_on_the_page(app: Flask) -> None:
    finance = staff(app, "Finance")
    assert "还没有封存" in finance.get("/audit/chain").get_data(as_text=True)
    with app.app_context():
        sealed = seal_audit()
    assert sealed > 0
    page = finance.post("/audit/chain").get_data(as_text=True)
    assert f"1 块全部对得上，共 {sealed} 条记录" in page

"""The order of the side bar."""

from __future__ import annotations

from app.framework.console.menu import in_groups
from app.framework.manifest import MenuItem


def item(endpoint: str, group: str) -> MenuItem:
    return MenuItem(endpoint, endpoint, endpoint, "list", group)


def test_groups_of_trades_stand_together_and_what_the_kernel_shares_keeps_its_place() -> None:
    lines = [
        item("desk", "工作"), item("menu", "点餐"), item("course", "培训"), item("round", "社区团购"), item("ledger", "财务"), item("sales", "数据"),
        item("board", "民宿"), item("orders", "点餐"), item("cases", "工作"), item("rooms", "数据"),
    ]
    found = in_groups(lines, {"menu", "orders", "round", "board", "rooms"})
    assert [each.endpoint for each in found] == ["desk", "cases", "menu", "orders", "round", "board", "course", "ledger", "sales", "rooms"]


def test_without_trades_the_order_is_that_of_first_appearance() -> None:
    assert [each.endpoint for each in in_groups([item("a", "1"), item("b", "2"), item("c", "1")], set())] == ["a", "c", "b"]

"""Child rows of a form as they were sent."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from app.framework.console.rows import ROWS_AT_MOST, typed_rows


def test_rows_come_in_the_order_in_which_they_stand_and_numbers_only_tell_them_apart() -> None:
    form = MultiDict([("sizes-7-name", " 大  份 "), ("sizes-7-price", "18"), ("sizes-2-name", "小\x00份"), ("other-1-name", "x"), ("sizes-x-name", "y")])
    assert typed_rows(form, "sizes", ("name", "price")) == [("sizes-7", {"name": "大 份", "price": "18"}), ("sizes-2", {"name": "小份", "price": ""})]


def test_rows_within_rows_are_told_apart_and_there_are_never_too_many() -> None:
    form = MultiDict([("groups-0-options-3-name", "辣"), ("groups-0-name", "辣度"), ("groups-1-options-0-name", "冰")])
    assert typed_rows(form, "groups-0-options", ("name",)) == [("groups-0-options-3", {"name": "辣"})]
    assert [prefix for prefix, _row in typed_rows(form, "groups", ("name",))] == ["groups-0", "groups-1"]
    many = MultiDict([(f"r-{number}-a", "1") for number in range(ROWS_AT_MOST + 5)])
    assert len(typed_rows(many, "r", ("a",))) == ROWS_AT_MOST

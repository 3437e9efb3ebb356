"""Columns in the address, several choices, yes and no, what failed again, two versions of a flow's undo: on the sample."""

from __future__ import annotations

import re

import pytest

from app.core.flows import Flow, Move, State
from app.framework.console.filters import BadFilter, FlagFilter
from tests.framework.console.conftest import Person


def heads(page: str) -> list[str]:
    return re.findall(r'<th role="columnheader"[^>]*>(?:<a[^>]*>)?([^<]+)', page)


def test_the_address_names_columns_in_its_order_and_the_link_stays(as_: Person) -> None:
    page = as_("owner").get("/sample/dishes/?columns=status,price").get_data(as_text=True)
    assert heads(page) == ["菜名", "状态", "单价"]
    assert "columns=status,price" in page, "sorting and pages keep the columns"
    assert as_("owner").get("/sample/dishes/?columns=status,secret").status_code == 422


def test_several_choices_are_one_filter(as_: Person) -> None:
    page = as_("owner").get("/sample/dishes/?status=pending").get_data(as_text=True)
    assert 'href="/sample/dishes/?status=pending,live"' in page
    both = as_("owner").get("/sample/dishes/?status=pending,live").get_data(as_text=True)
    assert "待审核 / 在售" in both and "已驳回</span>" not in both
    assert as_("owner").get("/sample/dishes/?status=pending,nonsense").status_code == 422


def test_without_a_keeper_there_is_nothing_to_save_and_every_page_works(as_: Person) -> None:
    for path in ("/sample/dishes/", "/sample/dishes/2", "/sample/dishes/new"):
        page = as_("owner").get(path)
        assert page.status_code == 200 and "/workspace/" not in page.get_data(as_text=True)


@pytest.mark.parametrize("value", ["maybe", "yes,no", "1"])
def test_yes_and_no_are_all_that_a_flag_knows(value: str) -> None:
    with pytest.raises(BadFilter):
        FlagFilter("active").condition(None, value)


def test_bulk_offers_only_what_failed_again(as_: Person) -> None:
    client = as_("operator")
    keys = {"move": "approve", "key": ["1", "2"], "confirmed": "yes"}
    done = client.post("/sample/dishes/bulk", data=keys).get_data(as_text=True)
    again = re.search(r"只重做没成的 1 道", done)
    assert again and re.findall(r'name="key" value="(\d+)"', done) == ["2"]


def test_an_undo_must_lead_back() -> None:
    states = (State("a", "a"), State("b", "b"))
    with pytest.raises(ValueError, match="taken back"):
        Flow("x", "x", states, (Move("go", "go", ("a",), "b", frozenset(), undo="back"), Move("back", "back", ("a",), "b", frozenset())))

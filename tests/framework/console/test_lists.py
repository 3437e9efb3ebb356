"""Lists: filters, order, pages by position, bad addresses, query budget, ownership."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope
from tests.framework.console.conftest import Person

LIST = "/sample/dishes/"


def names(html: str) -> list[str]:
    """The dishes of a page, in order."""
    return re.findall(r'class="by-cell-link"[^>]*>([^<]+)<', html)


@contextmanager
def statements(site: Flask) -> Iterator[list[str]]:
    """What is sent to the database inside the block, without the scope announcements."""
    sent: list[str] = []

    def keep(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "set_config" not in statement:
            sent.append(statement)

    with site.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", keep)
    yield sent
    event.remove(engine, "before_cursor_execute", keep)


def test_list_needs_one_query_and_forty_kilobytes(site: Flask, as_: Person) -> None:
    client = as_("operator")
    with statements(site) as sent:
        answer = client.get(LIST)
    assert answer.status_code == 200
    assert len(sent) == 1, sent
    assert len(answer.data) <= 40 * 1024


def test_pages_by_position_show_every_row_once_both_ways(as_: Person) -> None:
    client = as_("operator")
    for order in ("-created_at", "created_at", "price", "-price", "sold_at", "-sold_at", "-id", "id"):
        page, seen, last = f"{LIST}?sort={order}", [], ""
        while page:
            html = client.get(page).get_data(as_text=True)
            seen.append(names(html))
            found = re.search(r'href="([^"]+)" rel="next"', html)
            last, page = page, found[1].replace("&amp;", "&") if found else ""
        assert [len(each) for each in seen] == [25, 25, 13], order
        assert len({name for each in seen for name in each}) == 63, order
        back = client.get(last).get_data(as_text=True)
        for expected in reversed(seen[:-1]):
            found = re.search(r'href="([^"]+)" rel="prev"', back)
            assert found, order
            back = client.get(found[1].replace("&amp;", "&")).get_data(as_text=True)
            assert names(back) == expected, order


def test_empty_values_come_last_whichever_way(as_: Person) -> None:
    client = as_("operator")
    for order in ("sold_at", "-sold_at"):
        html = client.get(f"{LIST}?sort={order}&size=100").get_data(as_text=True)
        rows = re.findall(r'<tr role="row">(.*?)</tr>', html, re.S)[1:]
        sold = [len(re.findall(r"<time", row)) == 2 for row in rows]
        assert sold == sorted(sold, reverse=True)


@pytest.mark.parametrize("address", [
    "?sort=merchant_id", "?sort=phone", "?sort=merchant.name", "?view=nothing", "?size=4000", "?size=abc", "?after=xyz", "?after=WyJ4Il0",
    "?before=%00",
    "?status=evil", "?status=live,evil", "?created_at=yesterdayish", "?created_at=2026-02-31", "?created_at=2026-12-01..2026-01-01", "?created_at=..",
    "?price=abc", "?price=1e9", "?price=..", "?price=10.005", "?merchant_id=abc", "?merchant_id=9999999999999999999999",
    "?sort=price&after=WyJ4IiwgMV0", "?sort=price&after=WzEsIDk5OTk5OTk5OTk5OTk5OTk5OTk5OV0", "?after=WyIyMDI2IiwgdHJ1ZV0",
])
def test_bad_addresses_are_refused_with_a_sentence(as_: Person, address: str) -> None:
    answer = as_("operator").get(LIST + address)
    assert answer.status_code == 422
    assert "请求号" in answer.get_data(as_text=True)


@pytest.mark.parametrize(("address", "count"), [
    ("", 63), ("?status=pending", 13), ("?status=pending,live", 26), ("?price=10..12", 3), ("?price=70..", 2), ("?price=..9", 1),
    ("?merchant_id=2", 3),
    ("?q=菜 0", 8), ("?q=%25", 0), ("?q=_", 0), ("?view=dear", 22), ("?view=waiting&price=..20", 3), ("?created_at=2020-01-01..2020-02-01", 0),
    ("?created_at=30d", 63), ("?q=" + "长" * 300, 0), ("?q=%00", 63),
])
def test_filters_find_what_they_say(as_: Person, address: str, count: int) -> None:
    html = as_("operator").get(LIST + address).get_data(as_text=True)
    shown = re.search(r"合计 <b>([\d,]+)</b>", html)
    assert (int(shown[1]) if shown else 0) == count


def test_a_statement_that_is_kept_answers_with_the_values_of_each_filter(as_: Person) -> None:
    client = as_("operator")

    def rows(address: str) -> int:
        return len(names(client.get(f"{LIST}?size=100&{address}").get_data(as_text=True)))

    first = [rows(f"price={span}") for span in ("10..12", "12..15", "0..1")]
    assert first == [rows(f"price={span}") for span in ("10..12", "12..15", "0..1")]
    assert len(set(first)) == 3
    statuses = {value: rows(f"status={value}") for value in ("live", "draft", "live,draft")}
    assert statuses["live,draft"] == statuses["live"] + statuses["draft"]
    assert rows("q=1") != rows("q=zzz") == 0


def test_totals_are_those_of_the_filter(as_: Person) -> None:
    html = as_("operator").get(f"{LIST}?price=10..12").get_data(as_text=True)
    assert '单价 <b><span class="by-money">¥33.00</span></b>' in html


def test_nothing_found_is_not_nothing_there(as_: Person) -> None:
    page = as_("operator").get(f"{LIST}?q=zzz&status=live").get_data(as_text=True)
    assert "没有符合条件的菜品" in page
    assert "去掉“在售”" in page


def test_an_empty_list_says_why_and_offers_one_action(site: Flask, as_: Person) -> None:
    with site.app_context():
        enter_scope(EVERYTHING)
        db.session.execute(text("DELETE FROM sample_dish"))
        db.session.commit()
    page = as_("owner").get(LIST).get_data(as_text=True).split('class="by-blank"')[1]
    assert "还没有菜品" in page
    assert "先新建一道菜，审核通过后顾客就能点。" in page
    assert re.findall(r'<a class="by-btn[^"]*" href="([^"]+)"', page) == [f"{LIST}new"]
    assert "没有符合条件的菜品" not in page


def test_money_stands_right_under_a_head_that_does(as_: Person) -> None:
    page = as_("operator").get(LIST).get_data(as_text=True)
    assert re.search(r'<th role="columnheader" scope="col" class="by-num"[^>]*><a class="by-sort" [^>]*>单价', page)
    cells = re.findall(r'<td role="cell" class="([^"]+)"><span class="by-money">', page)
    assert len(cells) == 25
    assert all({"by-num", "by-right"} <= set(each.split()) for each in cells)


def test_each_merchant_counts_and_sees_only_its_own(as_: Person) -> None:
    own, other = as_("owner").get(LIST).get_data(as_text=True), as_("other").get(LIST).get_data(as_text=True)
    assert "合计 <b>60</b>" in own
    assert "合计 <b>3</b>" in other
    assert len(names(other)) == 3
    assert re.search(r'待审核 <span class="by-count[^"]*">1</span>', other), "the counts of tabs are the merchant's own"
    assert as_("other").get(f"{LIST}?merchant_id=1").get_data(as_text=True).count('class="by-cell-link"') == 0


def test_a_choice_of_filter_is_scoped_too(as_: Person) -> None:
    assert as_("other").get(f"{LIST}look-up/merchant_id?q=").get_json() == [{"id": 2, "label": "湘里人家"}]
    assert len(as_("operator").get(f"{LIST}look-up/merchant_id?q=").get_json()) == 2
    assert as_("operator").get(f"{LIST}look-up/price").status_code == 404


def test_choices_of_a_filter_lead_on_from_the_address_that_one_is_at(as_: Person) -> None:
    client = as_("operator")
    for address, beginning in (
        ("", LIST + "?"), ("?sort=price", LIST + "?sort=price&amp;"), ("?q=%22%3Cb%3E%26", LIST + "?q=%22%3Cb%3E%26&amp;"), ("", LIST + "?"),
    ):
        html = client.get(LIST + address).get_data(as_text=True)
        choices = re.findall(r'<a class="by-menu-item" href="([^"]+)"', html.split('id="filter-status"')[1].split("</div>")[0])
        assert choices, address
        assert all(re.fullmatch(re.escape(beginning) + r"status=\w+", each) for each in choices), choices
        assert "\x00" not in html


def test_who_may_not_open_a_record_gets_no_link(as_: Person) -> None:
    assert 'class="by-cell-link"' not in as_("kitchen").get(LIST).get_data(as_text=True)

"""Records, moves, forms: what they show, what they refuse, that a second click does nothing."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope
from tests.framework.console.conftest import Person

PENDING, DRAFT, LIVE = 1, 5, 2  # by number % 5 in the sample


def stored(site: Flask, pk: int, column: str = "status") -> object:
    """What the database holds."""
    with site.app_context():
        enter_scope(EVERYTHING)
        return db.session.execute(text(f"SELECT {column} FROM sample_dish WHERE id = :id"), {"id": pk}).scalar_one()


def test_record_shows_facts_state_timeline_and_open_moves(as_: Person) -> None:
    page = as_("operator").get(f"/sample/dishes/{PENDING}").get_data(as_text=True)
    assert '<span class="by-money--big">¥9.00</span>' in page
    assert "138****2071" in page
    assert "13800002071" not in page
    assert "换了新的牛肉" in page
    assert f"/sample/dishes/{PENDING}/move/approve" in page
    assert f"/sample/dishes/{PENDING}/move/submit" not in page
    assert '<span class="by-chip by-chip--wait">待审核</span> <span class="by-next">接下来：' in page


def test_another_merchants_record_is_not_found_by_any_door(site: Flask, as_: Person) -> None:
    client = as_("other")
    for address in ("/sample/dishes/1", "/sample/dishes/1/edit", "/sample/dishes/999999", "/sample/dishes/99999999999999999999999"):
        assert client.get(address).status_code == 404, address
    assert client.post("/sample/dishes/5/move/submit").status_code == 404
    assert client.post("/sample/dishes/bulk", data={"move": "submit", "key": "5", "confirmed": "yes"}).status_code == 404
    assert client.post("/sample/dishes/5/edit", data={"name": "抢来的", "price": "1"}).status_code == 404
    assert stored(site, 5) == "draft"


def test_move_is_made_once_and_the_second_click_changes_nothing(site: Flask, as_: Person) -> None:
    client = as_("operator")
    first = client.post(f"/sample/dishes/{PENDING}/move/approve")
    assert (first.status_code, first.location) == (303, f"/sample/dishes/{PENDING}")
    version = stored(site, PENDING, "version")
    assert client.post(f"/sample/dishes/{PENDING}/move/approve").status_code == 303
    assert (stored(site, PENDING), stored(site, PENDING, "version")) == ("live", version)
    assert client.post(f"/sample/dishes/{PENDING}/move/refuse", data={"reason": "晚了"}).status_code == 409


def test_move_asks_before_it_is_made(site: Flask, as_: Person) -> None:
    client = as_("operator")
    asked = client.get(f"/sample/dishes/{PENDING}/move/refuse").get_data(as_text=True)
    assert 'name="reason"' in asked
    empty = client.post(f"/sample/dishes/{PENDING}/move/refuse", data={"reason": " "})
    assert empty.status_code == 422
    assert "填写原因" in empty.get_data(as_text=True)
    assert client.post(f"/sample/dishes/{PENDING}/move/refuse", data={"reason": "字" * 41}).status_code == 422
    assert stored(site, PENDING) == "pending"
    assert client.post(f"/sample/dishes/{PENDING}/move/refuse", data={"reason": "图片不清楚"}).status_code == 303
    assert stored(site, PENDING) == "refused"


@pytest.mark.parametrize("answers", [
    {"amount": "12.005", "why": "cost"}, {"amount": "-3", "why": "cost"}, {"amount": "12", "why": "other"},
    {"amount": "12", "why": "cost", "parts-1": "4"},
    {"amount": "12", "why": "cost", "parts-1": "-1"}, {"amount": "12", "why": "cost", "parts-2": "1.5"}, {"amount": "", "why": "cost"},
])
def test_answers_that_do_not_fit_are_refused(as_: Person, answers: dict[str, str]) -> None:
    assert as_("operator").post(f"/sample/dishes/{LIVE}/move/price", data=answers).status_code == 422


def test_moves_by_get_unknown_and_by_the_wrong_person_change_nothing(site: Flask, as_: Person) -> None:
    assert as_("operator").get(f"/sample/dishes/{PENDING}/move/approve").status_code == 200
    assert as_("operator").post(f"/sample/dishes/{PENDING}/move/nothing").status_code == 404
    assert as_("owner").post(f"/sample/dishes/{PENDING}/move/approve").status_code == 403
    assert as_("kitchen").post(f"/sample/dishes/{PENDING}/move/approve").status_code == 403
    assert as_().post(f"/sample/dishes/{PENDING}/move/approve").status_code == 302
    assert stored(site, PENDING) == "pending"


def test_bulk_previews_then_reports_row_by_row(site: Flask, as_: Person) -> None:
    client = as_("operator")
    chosen = {"move": "approve", "key": ["1", "6", "2"]}
    preview = client.post("/sample/dishes/bulk", data=chosen)
    assert "通过 2 道" in preview.get_data(as_text=True)
    assert stored(site, 1) == "pending"
    done = client.post("/sample/dishes/bulk", data={**chosen, "confirmed": "yes"}).get_data(as_text=True)
    assert "2 道 做成，1 道 没有" in done
    assert [stored(site, pk) for pk in (1, 6, 2)] == ["live", "live", "live"]
    assert client.post("/sample/dishes/bulk", data={"move": "approve", "key": ["x"]}).status_code == 422
    assert client.post("/sample/dishes/bulk", data={"move": "approve"}).status_code == 422
    assert client.post("/sample/dishes/bulk", data={"move": "approve", "key": [str(n) for n in range(300)]}).status_code == 422


def test_back_after_a_move_never_leaves_the_site(as_: Person) -> None:
    for number, back in enumerate(("//evil.example", "https://evil.example", "/\\evil.example")):
        answer = as_("operator").post(f"/sample/dishes/{1 + 5 * number}/move/approve", data={"back": back})
        assert answer.location.startswith("/sample/"), back


def test_form_makes_a_record_through_the_operation(site: Flask, as_: Person) -> None:
    answer = as_("owner").post("/sample/dishes/new", data={"name": "牛肉面", "price": "28.50", "spec": "", "stock": "3", "place": "hot", "words": ""})
    assert answer.status_code == 303
    assert stored(site, int(answer.location.rsplit("/", 1)[1]), "price") == 2850


@pytest.mark.parametrize(("given", "sentence"), [
    ({"name": "", "price": "3"}, "写一个菜名"),
    ({"name": "面", "price": "3.005"}, "不是金额"), ({"name": "面", "price": "5000"}, "最多 1000 元"),
    ({"name": "面" * 81, "price": "3"}, "80"), ({"name": "面", "price": "3", "place": "moon"}, "分类"),
])
def test_form_keeps_what_was_typed_and_says_what_is_wrong(as_: Person, given: dict[str, str], sentence: str) -> None:
    answer = as_("owner").post("/sample/dishes/new", data={"stock": "1", "place": "hot", **given})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert 'role="alert"' in page
    assert f'value="{given["price"]}"' in page


def test_a_change_in_between_shows_both_versions(site: Flask, as_: Person) -> None:
    client = as_("owner")
    given = {"price": "9", "stock": "1", "place": "hot", "version": "1"}
    assert client.post("/sample/dishes/1/edit", data={"name": "先改的", **given}).status_code == 303
    late = client.post("/sample/dishes/1/edit", data={"name": "后改的", **given})
    page = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "<del>先改的</del>" in page
    assert "<ins>后改的</ins>" in page
    assert stored(site, 1, "name") == "先改的"


def test_related_list_follows_rights(as_: Person) -> None:
    page = as_("operator").get("/sample/cafes/2").get_data(as_text=True)
    assert "招牌菜 61" in page
    assert "/sample/dishes/?merchant_id=2" in page

"""Who comes in, what errors say, headers, exports, palette, preferences, rights and their sync."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import create_engine, text

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.console import security
from app.framework.console.menu import FlatMenu
from app.framework.console.page import Page
from app.framework.console.preferences import here_or_home
from app.framework.console.rights import rights_of
from app.framework.console.security import wanted_permissions
from app.framework.console.view import ConsoleView
from app.framework.database import enter_scope
from app.framework.manifest import Grant, Manifest
from app.framework.spreadsheets.cells import safe_text
from tests.framework.console import sample
from tests.framework.console.conftest import Person


def test_signed_out_are_sent_to_sign_in_and_back(as_: Person) -> None:
    answer = as_().get("/sample/dishes/?status=live")
    assert answer.status_code == 302
    assert answer.location == "/sign-in/?next=/sample/dishes/?status%3Dlive"
    assert as_().get("/").location.startswith("/sign-in/")
    assert as_().get("/find/?q=x").status_code == 302


def test_refusal_names_the_right_and_whom_to_ask(as_: Person) -> None:
    answer = as_("owner").get("/sample/secrets/")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 403
    assert "密件 · 查看列表" in page
    assert "店主" in page
    assert "运营 / 财务" in page
    assert answer.headers["X-Request-Id"] in page


def test_rights_decide_on_each_method(as_: Person) -> None:
    kitchen = as_("kitchen")
    assert kitchen.get("/sample/dishes/").status_code == 200
    for address in ("/sample/dishes/1", "/sample/dishes/new", "/sample/dishes/1/edit", "/sample/dishes/export/csv"):
        assert kitchen.get(address).status_code == 403, address
    assert as_("admin").get("/sample/secrets/").status_code == 200


def test_methods_that_a_view_does_not_declare_do_not_exist(site: Flask, as_: Person) -> None:
    rules = {rule.endpoint for rule in site.url_map.iter_rules()}
    assert "SampleSecretView.add" not in rules
    assert "SampleSecretView.move" not in rules
    assert as_("operator").get("/sample/secrets/new").status_code == 404


def test_no_page_of_fab_is_reachable(site: Flask, as_: Person) -> None:
    client = as_("admin")
    closed = ("/lang/en", "/back", "/users/list/", "/roles/list/", "/login/", "/logout/", "/registeruser/list/", "/swagger/v1", "/api/v1/menu/")
    for address in closed:
        assert client.get(address).status_code == 404, address


def test_failures_show_a_page_with_an_id_and_no_details(as_: Person) -> None:
    client = as_("operator")
    answer = client.get("/sample/desk/fail/secret-detail")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in page
    assert "ZeroDivisionError" not in page
    assert client.get("/nope").status_code == 404
    assert client.post("/sample/dishes/").status_code == 405
    away = client.get("/sample/desk/fail/database")
    assert away.status_code == 503
    assert "数据库暂时连不上" in away.get_data(as_text=True)


def test_the_product_says_so_when_its_database_is_away(site: Flask, as_: Person) -> None:
    owner = as_("owner")
    with site.app_context():
        engines = db._app_engines[site]
        kept, engines[None] = engines[None], create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    try:
        answer = owner.get("/sample/dishes/")
    finally:
        engines[None] = kept
    assert answer.status_code == 503
    assert "数据库暂时连不上" in answer.get_data(as_text=True)


def test_programs_get_problem_details(as_: Person) -> None:
    answer = as_("operator").get("/nope", headers={"Accept": "application/json"})
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["code"] == "http_404"


def test_every_page_carries_a_strict_policy_and_its_nonce(site: Flask, as_: Person) -> None:
    answer = as_("operator").get("/sample/dishes/")
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'self' 'nonce-([^']+)'", policy)
    assert nonce
    for part in ("default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "img-src 'self' data: blob:", "object-src 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    page = answer.get_data(as_text=True)
    assert set(re.findall(r'nonce="([^"]+)"', page)) == {nonce[1]}
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in answer.headers
    assert "Strict-Transport-Security" in as_("operator").get("/", base_url="https://localhost").headers


def test_static_addresses_carry_a_hash_and_are_kept(as_: Person) -> None:
    client = as_("operator")
    address = re.search(r'href="(/static/css/tokens\.css\?v=[0-9a-f]{10})"', client.get("/").get_data(as_text=True))
    assert address
    assert "immutable" in client.get(address[1]).headers["Cache-Control"]


def test_export_writes_the_same_filter_and_no_formula(as_: Person) -> None:
    client = as_("operator")
    answer = client.get("/sample/dishes/export/csv?price=13..17")
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert lines[0] == ["菜品：单价 ¥13.00 – ¥17.00"] and "导出于" in lines[1][0] and answer.headers["X-Request-Id"] in lines[1][0]
    rows = lines[2:]
    assert rows[0][:2] == ["菜名", "单价（元）"]
    assert [row[1] for row in rows[1:]] == ["13.00", "14.00", "15.00", "16.00", "17.00"]
    assert rows[3][0] == "'=1+1"
    assert "13800002071" not in answer.data.decode()
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/sample/dishes/export/xlsx?price=13..17").data))
    sheet = book.get_sheet_by_index(0).to_python()
    assert (sheet[5][0], sheet[5][1]) == ("=1+1", 15.0)
    assert client.get("/sample/dishes/export/pdf").status_code == 422
    assert len(client.get("/sample/dishes/export/csv").data.decode().splitlines()) == 66
    assert len(as_("other").get("/sample/dishes/export/csv").data.decode().splitlines()) == 6


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", " =1", "\n=1"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(value: str) -> None:
    assert safe_text(value) == "'" + value


def test_palette_finds_pages_that_the_person_may_open(as_: Person) -> None:
    assert [hit["label"] for hit in as_("operator").get("/find/?q=密件").get_json()] == ["密件"]
    assert as_("owner").get("/find/?q=密件").get_json() == []


def test_menu_shows_what_the_role_may_open(as_: Person) -> None:
    page = as_("owner").get("/").get_data(as_text=True)
    assert "/sample/dishes/" in page
    assert "/sample/secrets/" not in page
    assert as_("owner").get("/menu/badges").get_json() == {"SampleDishView.list": 3}


def test_home_shows_the_cards_of_the_role(as_: Person) -> None:
    owner, operator = as_("owner").get("/").get_data(as_text=True), as_("operator").get("/").get_data(as_text=True)
    assert "卖得最好" in owner
    assert "卖得最好" not in operator
    assert "▲ 19.1 %" in operator
    assert "¥12,408.66" in operator


def test_preferences_change_by_post_only_and_lead_back_here(as_: Person) -> None:
    client = as_("operator")
    assert client.get("/preferences/").status_code == 405
    answer = client.post("/preferences/", data={"locale": "en", "next": "/sample/dishes/"})
    assert (answer.status_code, answer.location) == (303, "/sample/dishes/")
    page = client.get("/sample/dishes/").get_data(as_text=True)
    assert '<html lang="en"' in page
    assert "Skip to content" in page
    client.post("/preferences/", data={"theme": "dark", "density": "compact"})
    page = client.get("/").get_data(as_text=True)
    assert 'data-theme="dark"' in page
    assert 'data-density="compact"' in page
    client.post("/preferences/", data={"theme": "evil"})
    assert 'data-theme="dark"' in client.get("/").get_data(as_text=True)


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "", None, "evil", "/\nx"])
def test_nobody_is_led_away(address: str | None) -> None:
    assert here_or_home(address) == "/"


def test_forms_need_their_token(site: Flask, as_: Person) -> None:
    client = as_("operator")
    site.config["WTF_CSRF_ENABLED"] = True
    assert client.post("/sample/dishes/1/move/approve").status_code == 400
    assert client.post("/preferences/", data={"theme": "dark"}).status_code == 400


def test_every_method_of_a_view_is_a_right_once(site: Flask) -> None:
    with site.app_context():
        pairs = wanted_permissions()
    assert len(pairs) == len(set(pairs))
    assert {("can_approve", "sample.dishes"), ("menu_access", "sample.dishes"), ("can_export", "sample.secrets")} <= set(pairs)
    assert ("can_add", "sample.secrets") not in pairs
    assert set(site.extensions["console"].rights.roles) == {"Operator", "Owner", "Kitchen", "Finance"}


def test_sync_is_idempotent_on_the_products_own_database(app: Flask) -> None:
    with app.app_context():
        enter_scope(EVERYTHING)
        assert set(security.sync().values()) == {0}, "the template was synced already"
        assert db.session.execute(text("SELECT count(*) FROM ab_permission_view")).scalar_one() == len(security.wanted_permissions())


def test_flow_roles_get_their_moves_without_a_grant_of_their_own() -> None:
    rights = rights_of([sample.MANIFEST])
    assert rights.allow(["Operator"], "can_approve", "sample.dishes")
    assert not rights.allow(["Owner"], "can_approve", "sample.dishes")
    assert rights.allow(["Owner"], "can_submit", "sample.dishes")
    assert not rights.allow(["Kitchen"], "can_submit", "sample.dishes")
    assert not rights.allow(["Owner"], "can_list", "sample")
    assert rights.allow(["Admin"], "can_anything", "sample.dishes")


def test_mistakes_in_a_manifest_stop_the_start() -> None:
    with pytest.raises(LookupError, match="no view"):
        rights_of([Manifest("x", "x", grants=(Grant("Operator", "nothing"),))])
    with pytest.raises(LookupError, match="no fly"):
        rights_of([Manifest("x", "x", views=(sample.SampleDishView,), grants=(Grant("Operator", "sample.dishes", ("fly",)),))])


def test_views_without_a_name_or_an_owner_refuse_to_start() -> None:
    class Nameless(Page):
        """No name."""

    class Bare:
        """A model that says nothing."""

    class Ownerless(ConsoleView):
        """No owner."""

        name, route_base, model = "x", "/x", Bare

    with pytest.raises(RuntimeError, match="needs a name"):
        Nameless()
    with pytest.raises(RuntimeError, match="whose rows"):
        Ownerless()


def test_menu_names_are_listed_once() -> None:
    menu = FlatMenu()
    for group in range(18):
        for item in range(3):
            menu.add_link(f"{group}-{item}", href="/", category=f"group {group}")
    assert len(menu.get_flat_name_list()) == 18 * 4

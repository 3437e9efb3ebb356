"""The access matrix, generated from the URL map: every route × every role, own and foreign rows, signed in and not.

A route that neither needs a right nor stands in OPEN fails: nothing is reachable by being forgotten.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.framework.console.view import ConsoleView
from app.framework.database import transaction
from app.kernel.parties.models import Merchant
from app.kernel.parties.roles import MERCHANT_ROLES, PLATFORM_ROLES
from tests.support.people import SETUP, Shopper, Worker, sign_in, staff
from tests.verticals.dining.world import restaurant

# Open to everybody, with the reason.
OPEN = {
    "static": "styles and scripts",
    "appbuilder.static": "styles of FAB's own",
    "observability.healthz": "for probes",
    "observability.readyz": "for probes",
    "observability.metrics": "this machine only, checked in the view",
    "api_document.openapi": "the API's document",
    "api_document.page": "the API's page",
    "SignInView.index": "signing in",
    "SignInView.second_factor": "signing in; needs a pending sign-in",
    "SignInView.out": "ends one's own session",
    "HomeView.index": "sends to the sign-in page, shows cards by role",
    "PreferenceView.index": "language and theme of one's own session",
    "FindView.index": "finds only what the reader may open",
    "MenuView.badges": "counts only what the reader may open",
    "MenuView.index": "counts only what the reader may open",
    "AccountView.index": "one's own account; sends to the sign-in page",
    "AccountView.end_others": "one's own sessions",
    "AccountView.act_for": "one's own memberships",
    "ViewingPage.end": "ends one's own looking as somebody else",
    "InvitationPage.index": "opens with the token of an invitation only",
    "FileView.media": "public pictures only",
    "FileView.file": "signed links only",
}
CHECKED_INSIDE = (".move", ".bulk")  # the right has the move's name, so the view asks for it when it knows the move
OPEN_PATHS = ("/join", "/t/<", "/g/<", "/files/", "/media/")


def rules(app: Flask) -> list[Rule]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ())))


def permission(app: Flask, endpoint: str) -> str | None:
    return app.extensions["console"].permission_of(endpoint)


def test_no_route_is_open_by_being_forgotten(app: Flask) -> None:
    forgotten = [
        f"{rule.rule} ({rule.endpoint})" for rule in rules(app)
        if not permission(app, rule.endpoint) and rule.endpoint not in OPEN
        and not rule.endpoint.endswith(CHECKED_INSIDE) and not rule.rule.startswith(("/api/v1/", *OPEN_PATHS))
    ]
    assert forgotten == []


def test_the_api_wants_a_token_unless_the_endpoint_is_public(app: Flask) -> None:
    client = app.test_client()
    for api in app.extensions["apis"]:
        for endpoint in api.endpoints:
            path = re.sub(r"<(?:\w+:)?\w+>", "1", api.prefix + endpoint.path)
            answer = client.open(path, method=endpoint.method, json={})
            assert (answer.status_code == 401) == (endpoint.who != "public" or "notify" in path), (endpoint.method, path, answer.status_code)


@pytest.mark.parametrize("role", [role.name for role in MERCHANT_ROLES])
def test_members_call_what_they_hold_in_the_console_and_nothing_else(app: Flask, place: Any, role: str) -> None:
    """Every endpoint for members, with each role: the right that it names exists, and decides."""
    in_every_trade(app, place.house.merchant_id)
    worker, rights = Worker(app, place.house, role), app.extensions["console"].rights
    tried = 0
    for api in app.extensions["apis"]:
        for endpoint in (each for each in api.endpoints if each.who == "member"):
            needed = [right for right in (endpoint.right, endpoint.own) if right]
            assert all(rights.holders(f"can_{method}", view) for view, method in needed), (endpoint.name, needed)
            path = re.sub(r"<(?:\w+:)?\w+>", "1", api.prefix + endpoint.path)
            answer = worker.client.open(path, method=endpoint.method, json={}, headers=worker.headers())
            allowed = any(rights.allow([role], f"can_{method}", view) for view, method in needed)
            assert (answer.status_code == 403) != allowed, (endpoint.method, path, answer.status_code)
            tried += 1
    assert tried >= 30


def test_a_customer_who_works_nowhere_calls_no_endpoint_for_members(app: Flask, place: Any) -> None:
    li = Shopper(app, "li")
    for api in app.extensions["apis"]:
        for endpoint in (each for each in api.endpoints if each.who == "member"):
            path = re.sub(r"<(?:\w+:)?\w+>", "1", api.prefix + endpoint.path)
            answer = li.client.open(path, method=endpoint.method, json={}, headers=li.headers())
            assert (answer.status_code, answer.json["code"]) == (403, "member.no_place"), path


def test_no_page_of_fab_stands_in_the_url_map(app: Flask) -> None:
    """Its language switch by GET, its way back, its users and roles, its API."""
    found = {rule.endpoint for rule in rules(app)}
    assert {"LocaleView.index", "UtilView.back", "AuthDBView.login", "MenuApi.get_menu_data", "SecurityApi.login"} & found == set()


def view_of(app: Flask, endpoint: str) -> Any:
    return next((view for view in app.appbuilder.baseviews if getattr(view, "endpoint", None) == endpoint.split(".")[0]), None)


def plain_pages(app: Flask) -> list[tuple[Rule, str, Any]]:
    """GET routes without parameters that need a right."""
    found = []
    for rule in rules(app):
        right = permission(app, rule.endpoint)
        if right and "GET" in (rule.methods or ()) and not rule.arguments and not rule.endpoint.endswith(".events"):
            found.append((rule, right, view_of(app, rule.endpoint)))
    return found


@pytest.fixture
def place(app: Flask) -> Any:
    return restaurant(app)


def in_every_trade(app: Flask, merchant_id: int) -> None:
    """The merchant is in all trades, so that no page is closed to its people for that reason."""
    with app.app_context(), transaction(SETUP) as session:
        session.get_one(Merchant, merchant_id).trades = [manifest.name for manifest in app.extensions["manifests"] if manifest.documents]


def expect(client: FlaskClient, path: str, allowed: bool, role: str) -> None:
    answer = client.get(path)
    if allowed:
        assert answer.status_code in {200, 302, 303, 404, 409}, (role, path, answer.status_code)
    else:
        assert answer.status_code == 403, (role, path, answer.status_code)


@pytest.mark.parametrize("role", [role.name for role in PLATFORM_ROLES])
def test_platform_roles_open_what_they_hold_and_nothing_else(app: Flask, place: Any, role: str) -> None:
    browser, rights = staff(app, role), app.extensions["console"].rights
    for rule, right, view in plain_pages(app):
        expect(browser, rule.rule, rights.allow([role], right, view.name), role)


@pytest.mark.parametrize("role", [role.name for role in MERCHANT_ROLES])
def test_member_roles_open_what_they_hold_and_nothing_else(app: Flask, place: Any, role: str) -> None:
    in_every_trade(app, place.house.merchant_id)
    browser, rights = sign_in(app, place.house.members[role]), app.extensions["console"].rights
    for rule, right, view in plain_pages(app):
        expect(browser, rule.rule, rights.allow([role], right, view.name), role)


def test_a_merchants_people_see_the_trades_that_it_is_in_and_no_others(app: Flask, place: Any) -> None:
    rights = app.extensions["console"].rights
    browser = sign_in(app, place.house.members["Owner"])
    held = [(rule.rule, view.name) for rule, right, view in plain_pages(app) if rights.allow(["Owner"], right, view.name)]
    closed = [address for address, view in held if "dining" not in rights.trades.get(view, {"dining"})]
    assert {address.split("/")[1] for address in closed} >= {"stays", "vouchers", "groupbuy", "redeem", "training"}
    home = browser.get("/").get_data(as_text=True)
    for address in closed:
        assert (address, browser.get(address).status_code) == (address, 403)
        assert f'href="{address}"' not in home
    assert 'href="/dining/board/"' in home
    in_every_trade(app, place.house.merchant_id)
    assert 'href="/dining/board/"' in browser.get("/").get_data(as_text=True)
    assert [address for address in closed if browser.get(address).status_code == 403] == []


def test_nobody_signed_out_opens_a_page(app: Flask) -> None:
    browser = app.test_client()
    for rule, _, _view in plain_pages(app):
        answer = browser.get(rule.rule)
        assert (answer.status_code, "/sign-in/" in answer.headers.get("Location", "")) == (302, True), rule.rule


def test_a_customers_token_opens_no_page_of_the_console(app: Flask, place: Any) -> None:
    li = Shopper(app, "li")
    for rule, _, _view in plain_pages(app):
        answer = app.test_client().get(rule.rule, headers=li.headers())
        assert answer.status_code == 302, rule.rule


@pytest.mark.parametrize("role", ["Owner", "Kitchen", "Courier"])
def test_another_merchants_rows_are_not_there_by_any_door(app: Flask, place: Any, role: str) -> None:
    """Records, edits, moves single and bulk, lists by filter and search: the other house's keys lead nowhere."""
    order = place.paid(Shopper(app, "li"), ("鲜虾粥", 1))
    other = restaurant(app, "川渝小馆")
    in_every_trade(app, other.house.merchant_id)
    browser = sign_in(app, other.house.members[role])
    before = _fingerprint(app)
    for view in (each for each in app.appbuilder.baseviews if isinstance(each, ConsoleView)):
        if view.model.__access__.merchant is None:
            continue
        for key in _keys(app, view.model, place.house.merchant_id):
            for method in ("", "/edit"):
                assert browser.get(f"{view.route_base}/{key}{method}").status_code in {403, 404, 405}, (view.name, key, method)
            for step in view.moves():
                assert browser.post(f"{view.route_base}/{key}/move/{step.name}").status_code in {403, 404, 405}, (view.name, step.name)
                browser.post(f"{view.route_base}/bulk", data={"move": step.name, "pk": str(key), "confirmed": "1"})
        for query in ("", f"?merchant_id={place.house.merchant_id}", f"?q={order['number']}", "?sort=-placed_at"):
            page = browser.get(f"{view.route_base}/{query}")
            assert page.status_code in {200, 403, 422}
            shown = page.get_data(as_text=True)
            for echo in (f'value="{order["number"]}"', f"q={order['number']}", f"q%3D{order['number']}", f"“{order['number']}”"):
                shown = shown.replace(echo, "")
            assert order["number"] not in shown, (view.name, query)
    assert _fingerprint(app) == before


def _keys(app: Flask, model: Any, merchant_id: int) -> list[int]:
    from sqlalchemy import inspect, select

    from app.core.actors import EVERYTHING
    from app.extensions import db
    from app.framework.database import enter_scope

    with app.app_context():
        enter_scope(EVERYTHING)
        owner = getattr(model, model.__access__.merchant)
        return list(db.session.scalars(select(inspect(model).primary_key[0]).where(owner == merchant_id).limit(3)))


def _fingerprint(app: Flask) -> Any:
    from sqlalchemy import text

    from app.core.actors import EVERYTHING
    from app.extensions import db
    from app.framework.database import enter_scope

    with app.app_context():
        enter_scope(EVERYTHING)
        return db.session.execute(
            text("SELECT (SELECT string_agg(id || status || version, ',' ORDER BY id) FROM order_order), (SELECT count(*) FROM ledger_entry),"
                 " (SELECT string_agg(id || status || version, ',' ORDER BY id) FROM dining_dish), (SELECT count(*) FROM after_refund_case)")
        ).one()


def test_what_is_of_ones_own_shop_is_begun_by_merchants_people_alone(app: Flask, place: Any) -> None:
    """The platform sees members, withdrawals, invoices; it has no shop to add them to, so that nothing offers it to."""
    in_every_trade(app, place.house.merchant_id)
    admin, owner = staff(app, "Admin"), sign_in(app, place.house.members["Owner"])
    begun = app.extensions["console"].rights.merchants_begin
    assert {"parties.members", "settlement.withdrawals", "settlement.invoices"} <= begun and not {"parties.staff", "marketing.coupons"} & begun
    for view in (each for each in app.appbuilder.baseviews if isinstance(each, ConsoleView) and each.create and each.name in begun):
        page = f"{view.route_base}/new"
        offered = [f'href="{page}"' in admin.get(f"{view.route_base}/").get_data(as_text=True), admin.get(page).status_code, owner.get(page).status_code]
        assert offered == [False, 403, 200], view.name

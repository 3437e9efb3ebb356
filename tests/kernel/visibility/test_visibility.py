"""Who sees what: a hidden amount is in no answer of any door, rules are refused, audited, and put back."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from app.core.actors import EVERYTHING, Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import transaction
from app.kernel.audit.models import AuditEntry
from app.kernel.visibility.models import VisibilityRule
from app.kernel.visibility.operations import add_rule
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.dining.world import restaurant

ORDERS = "dining.orders"
ADMIN = Actor("staff", 901, "林建民", frozenset({"Admin"}), EVERYTHING)


def rules(app: Flask) -> list[tuple[str, str, list[str]]]:
    with app.app_context(), transaction(SETUP) as session:
        return [(each.page, each.role, each.hidden) for each in session.scalars(select(VisibilityRule).order_by(VisibilityRule.id))]


def hide(admin: FlaskClient, role: str, *names: str, page: str = ORDERS) -> str:
    """The address of the rule that hides the names."""
    edit: str = admin.post("/visibility/new", data={"page": page, "role": role}).headers["Location"]
    answer = admin.post(edit, data={"hidden": [f"{page}:{name}" for name in names], "version": "1"})
    assert answer.status_code == 303, answer.text
    return edit.removesuffix("/edit")


def sheet(browser: FlaskClient, address: str) -> list[str]:
    """The heads of an exported list."""
    book = load_workbook(io.BytesIO(browser.get(address).data), read_only=True)
    return [str(cell.value) for cell in next(iter(book.active.iter_rows(min_row=3, max_row=3)))]


def test_a_hidden_amount_is_in_no_answer(app: Flask) -> None:
    house = restaurant(app)
    order = house.paid(Shopper(app), ("牛肉面", 1))
    cashier, owner = sign_in(app, house.house.members["Cashier"]), sign_in(app, house.house.members["Owner"])
    before = cashier.get("/dining/orders/").text
    amount = before.split('class="by-money">¥')[1].split("<")[0]
    amounts = ("payable", "commission", "refunded", "merchant_gets")
    hide(staff(app, "Admin"), "Cashier", *amounts, *(f"section:{name}" for name in ("lines", "fees", "payments", "entries")))
    for address in ("/dining/orders/", f"/dining/orders/{order['id']}", "/dining/orders/export/csv", f"/find/?q={order['number']}"):
        seen = cashier.get(address)
        assert (address, seen.status_code, amount in seen.text) == (address, 200, False)
        assert (address, amount in owner.get(address).text) == (address, True), "the owner still sees it, or the line above proves nothing"
    assert "应付（元）" not in sheet(cashier, "/dining/orders/export/xlsx") and "应付（元）" in sheet(owner, "/dining/orders/export/xlsx")
    assert "应付" not in cashier.get("/dining/orders/").text.split("<table")[1], "no head, no total, no sort"
    assert cashier.get("/dining/orders/?sort=-payable").status_code == 422
    assert cashier.get("/dining/orders/?columns=payable").status_code == 422
    assert cashier.get("/dining/orders/?payable=0..1").text.count("<tr") == before.count("<tr"), "the filter on it is gone, so it cannot be guessed"


def test_a_person_with_two_roles_sees_what_either_sees(app: Flask) -> None:
    restaurant(app)
    admin = staff(app, "Admin")
    hide(admin, "Operator", "commission")
    hide(admin, "Finance", "commission", "refunded")
    with app.test_request_context():
        from app.framework.console.seeing import hidden_names

        assert hidden_names(ORDERS, {"Operator"}) == {"commission"}
        assert hidden_names(ORDERS, {"Finance"}) == {"commission", "refunded"}
        assert hidden_names(ORDERS, {"Operator", "Finance"}) == {"commission"}
        assert hidden_names(ORDERS, {"Finance", "Admin"}) == frozenset()
        assert hidden_names(ORDERS, {"Owner"}) == frozenset()


def test_a_rule_is_previewed_audited_and_put_back(app: Flask) -> None:
    house = restaurant(app)
    house.paid(Shopper(app), ("牛肉面", 1))
    admin = staff(app, "Admin")
    record = hide(admin, "Finance", "commission")
    page = admin.get(record).text
    assert "平台佣金" not in page.split("这个角色看到的样子")[1].split("</table>")[0] and "应付" in page.split("这个角色看到的样子")[1].split("</table>")[0]
    with app.app_context(), transaction(SETUP) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "visibility.changed")).one()
        assert entry.changes == {"hidden": [[], [f"{ORDERS}:commission"]]}
        back = f"{record}/put-back/{entry.id}"
    assert back in page and "平台佣金" in admin.get(back).text
    assert admin.post(back, data={"version": "2"}).status_code == 303
    assert rules(app) == [(ORDERS, "Finance", [])]


def test_what_must_stay_cannot_be_hidden_and_refusals_change_nothing(app: Flask) -> None:
    admin = staff(app, "Admin")
    record = hide(admin, "Finance", "commission")
    for name in ("number", "status", "no_such"):
        answer = admin.post(f"{record}/edit", data={"hidden": [f"{ORDERS}:{name}"], "version": "2"})
        assert (name, answer.status_code) == (name, 422)
    assert admin.post("/visibility/new", data={"page": ORDERS, "role": "Finance"}).status_code == 409
    assert admin.post("/visibility/new", data={"page": ORDERS, "role": "Admin"}).status_code == 422
    assert admin.post("/visibility/new", data={"page": "settings.versions", "role": "Kitchen"}).status_code == 422
    assert admin.post("/visibility/new", data={"page": "nowhere", "role": "Finance"}).status_code == 422
    statements = admin.post("/visibility/new", data={"page": "settlement.statements", "role": "Finance"}).headers["Location"]
    assert 'value="settlement.statements:payable"' not in admin.get(statements).text, "the amount that finance confirms stays"
    assert rules(app) == [(ORDERS, "Finance", [f"{ORDERS}:commission"]), ("settlement.statements", "Finance", [])]
    for role in ("Operator", "Finance"):
        assert staff(app, role).get("/visibility/").status_code == 403


def test_forty_at_once_make_one_rule(app: Flask) -> None:
    def make(_number: int) -> str:
        with app.test_request_context():
            try:
                with transaction(ADMIN):
                    add_rule(page=ORDERS, role="Finance", actor=ADMIN, now=datetime.now(UTC))
            except Refusal as refusal:
                return refusal.code
            finally:
                db.session.remove()
            return "made"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(make, range(40)))
    assert (outcomes.count("made"), outcomes.count("visibility.exists")) == (1, 39)
    assert rules(app) == [(ORDERS, "Finance", [])]


def test_members_do_not_read_their_own_merchants_name_in_every_row(app: Flask) -> None:
    house = restaurant(app)
    order = house.paid(Shopper(app), ("牛肉面", 1))
    owner, operator = sign_in(app, house.house.members["Owner"]), staff(app, "Operator")
    heads = [browser.get("/dining/orders/").text.split("<thead")[1].split("</thead>")[0] for browser in (owner, operator)]
    assert ["商户" in each for each in heads] == [False, True]
    assert [browser.get(f"/dining/orders/{order['id']}").status_code for browser in (owner, operator)] == [200, 200]
    assert [browser.get("/dining/orders/?columns=merchant.name").status_code for browser in (owner, operator)] == [422, 200]

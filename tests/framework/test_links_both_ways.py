"""Every page of a record leads to the records that it names, and theirs lead back: generated from the keys of all that has a page, on the demo town."""

from __future__ import annotations

import functools
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import String, inspect, select

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.console.references import Reference, leads_an_index
from app.framework.console.view import ConsoleView
from app.framework.database import enter_scope
from app.kernel.parties import demo
from app.kernel.parties.models import Membership, StaffUser
from app.kernel.plans.models import Charge
from app.kernel.reconciliation.models import ReconDay
from app.kernel.settlement.models import Statement, StatementLine
from tests.support import database, people

pytestmark = [pytest.mark.slow]

LEADS = re.compile(r'<nav class="by-card-foot by-leads".*?</nav>', re.S)
SIGN_INS = ("admin", "owner", "yunqi", "tea", "chunmei", "shanye", "finance", "reviewer", "operator", "warehouse", "cashier", "courier", "kitchen")

# What the demo town holds no example of, by (view, attribute), and why. The links of these pages are made like all others.
PLATFORMS_OWN = "the town's are the platform's own, or the customers' of nobody in it"
NOBODY_YET = "nobody in the town has done that yet"
NOT_IN_TOWN = {
    **dict.fromkeys((
        ("exports.tasks", "merchant_id"), ("exports.tasks", "user_id"), ("groupbuy.photos", "case_id"), ("groupbuy.photos", "customer_id"),
        ("groupbuy.photos", "merchant_id"), ("imports.tasks", "merchant_id"), ("imports.tasks", "user_id"), ("approvals.cases", "about_id"),
        ("complaints.complaints", "case_id"), ("listings.reports", "customer_id"), ("listings.reports", "merchant_id"), ("payments.anomalies", "notice_id"),
        ("payments.other_ways", "customer_id"), ("payments.other_ways", "refund_id"), ("payments.refunds", "replaces_id"), ("plans.fines", "deposit_id"),
        ("plans.fines", "merchant_id"), ("plans.subscriptions", "renews_id"), ("pricing.adjustments", "merchant_id"),
        ("pricing.adjustments", "rule_version_id"), ("pricing.orderings", "kind_id"), ("wallet.refunds", "customer_id"), ("wallet.refunds", "merchant_id"),
        ("dining.orders", "split_from_id"), ("groupbuy.orders", "split_from_id"), ("stays.orders", "split_from_id"), ("plans.deposits", "merchant_id"),
        ("parties.staff", "customer_id"), *(("reconciliation.corrections", each) for each in ("bill_id", "break_id", "day_id", "other_id")),
    ), NOBODY_YET),
    **dict.fromkeys((
        ("marketing.deals", "merchant_id"), ("marketing.grabs", "merchant_id"), ("marketing.groups", "merchant_id"), ("plans.charges", "customer_id"),
        ("plans.subscriptions", "customer_id"), ("reports.reports", "merchant_id"), ("parties.staff_invitations", "merchant_id"),
    ), PLATFORMS_OWN),
}
# What names a record and is not counted on its page.
UNCOUNTED = {("reports.reports", "user_id"): "who made a report is what the list of reports says"}
# Where one column names records of several kinds: what the town must show.
TOLD_BY_KIND = {
    ("payments.payments", "order"), ("payments.payments", "charge"), ("payments.refunds", "order"), ("sharing.sharings", "order"),
    ("approvals.cases", "dining_dish"), ("approvals.cases", "groupbuy_goods"), ("approvals.cases", "stays_type"), ("approvals.cases", "plan_booking"),
    ("approvals.cases", "approval_application"), ("reconciliation.breaks", "payment"), ("reconciliation.breaks", "refund"),
}


@dataclass
class Person:
    """Somebody of the demo with an open browser; pages are asked for once."""

    name: str
    roles: frozenset[str]
    merchant_id: int | None
    browser: FlaskClient
    pages: dict[str, tuple[int, str]] = field(default_factory=dict)

    def page(self, address: str) -> tuple[int, str]:
        """Status and body."""
        if address not in self.pages:
            answer = self.browser.get(address)
            self.pages[address] = answer.status_code, unescape(answer.get_data(as_text=True))
        return self.pages[address]


@pytest.fixture(scope="module")
def town(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application on a copy of the demo town."""
    name, folder = f"links_{os.getpid()}", tmp_path_factory.mktemp("links") / "gateway"
    made = database.town(server)
    database.create(server, name, made)
    shutil.copytree(database.town_folder(made), folder)
    app = database.test_app(server, name, DEMO=True)
    with database.gateway_of(app, folder):
        yield app
    with app.app_context():
        db.engine.dispose()
    database.drop(server, name)


@pytest.fixture(scope="module")
def crowd(town: Flask) -> list[Person]:
    """The people of the town, signed in."""
    found = []
    for name in SIGN_INS:
        password, people.PASSWORD = people.PASSWORD, demo.PASSWORD
        try:
            browser = people.sign_in(town, name)
        finally:
            people.PASSWORD = password
        with town.app_context():
            enter_scope(EVERYTHING)
            user = db.session.scalars(select(StaffUser).where(StaffUser.username == name)).one()
            member = db.session.scalars(select(Membership).where(Membership.user_id == user.id)).first()
            trades = [f"in:{each}" for each in member.merchant.trades] if member else []
            roles = frozenset([member.role, *trades] if member else [role.name for role in user.roles])
            found.append(Person(name, roles, member.merchant_id if member else None, browser))
    return found


@functools.cache
def references(app: Flask) -> list[Reference]:
    """Every reference; of those where a column tells of what, the ones that the town has an example of."""
    found = [each for of in app.extensions["console"].references.of.values() for each in of]
    return [each for each in found if not each.teller or examples(app, each, None)]


@functools.cache
def examples(app: Flask, reference: Reference, merchant_id: int | None) -> list[Any]:
    """(key, key that is named) of the newest rows that name something, all or those of one merchant."""
    model = reference.view.model
    key, column = inspect(model).primary_key[0], getattr(model, reference.attribute)
    statement = select(getattr(model, inspect(model).get_property_by_column(key).key), column).where(column.is_not(None))
    if reference.teller:
        statement = statement.where(getattr(model, reference.teller) == reference.word)
    if merchant_id and model.__access__.merchant:
        statement = statement.where(getattr(model, model.__access__.merchant) == merchant_id)
    with app.app_context():
        enter_scope(EVERYTHING)
        return list(db.session.execute(statement.order_by(key.desc()).limit(20)).all())


def record_pages(reference: Reference, key: int, app: Flask) -> list[str]:
    return [f"{view.route_base}/{key}" for view in app.extensions["console"].references.views[reference.table]]


def opens(app: Flask, person: Person, view: Any, right: str) -> bool:
    return bool(app.extensions["console"].rights.allow(person.roles, f"can_{right}", view.name))


def test_each_page_leads_to_what_it_names_and_back(town: Flask, crowd: list[Person]) -> None:
    wrong, unseen, told = [], set(), set()
    for reference in references(town):
        views = town.extensions["console"].references.views[reference.table]
        tried = False
        for person in crowd:
            if not any(opens(town, person, view, "show") for view in views) or not opens(town, person, reference.view, "show"):
                continue
            for key, named in examples(town, reference, person.merchant_id):
                here, there = f"{reference.view.route_base}/{key}", record_pages(reference, named, town)
                targets = [address for address in there if person.page(address)[0] == 200]
                if person.page(here)[0] != 200 or not targets:
                    continue
                tried = True
                told |= {(reference.view.name, reference.word)} if reference.teller else set()
                if not any(f'href="{target}"' in person.page(here)[1] for target in targets):
                    wrong.append(f"{person.name}: {here} names {targets} by {reference.attribute} and does not lead there")
                if (reference.view.name, reference.attribute) in UNCOUNTED or not reference.view.counted:
                    break
                back = (f'href="{here}"', f"{reference.view.route_base}/?{reference.name}={reference.written(named)}")
                if not any(way in person.page(target)[1] for target in targets for way in back):
                    wrong.append(f"{person.name}: {targets} do not lead back to {here} ({reference.attribute})")
                break
            if tried:
                break
        able = [p for p in crowd if opens(town, p, reference.view, "show") and any(opens(town, p, view, "show") for view in views)]
        if able and not tried and not reference.teller:
            unseen.add((reference.view.name, reference.attribute))
    assert wrong == []
    assert sorted(unseen) == sorted(NOT_IN_TOWN)
    assert told >= TOLD_BY_KIND


def test_what_names_a_record_is_found_by_an_index(town: Flask) -> None:
    assert {(each.view.name, each.attribute) for each in references(town) if each.view.counted and not leads_an_index(each)} == set(UNCOUNTED)


def test_who_may_not_open_the_other_page_sees_no_way_there(town: Flask, crowd: list[Person]) -> None:
    told, tried = [], 0
    for reference in references(town):
        views = town.extensions["console"].references.views[reference.table]
        for person in crowd:
            if any(opens(town, person, view, "show") for view in views) or not opens(town, person, reference.view, "show"):
                continue
            for key, named in examples(town, reference, person.merchant_id)[:1]:
                status, page = person.page(f"{reference.view.route_base}/{key}")
                if status != 200:
                    continue
                tried += 1
                ways = [address for address in record_pages(reference, named, town) if f'href="{address}"' in page]
                told += [(person.name, reference.view.name, key, way) for way in ways]
    assert told == []
    assert tried > 100


def test_who_may_not_open_a_list_is_not_told_of_it(town: Flask, crowd: list[Person]) -> None:
    told, tried = [], 0
    for reference in references(town):
        for view in town.extensions["console"].references.views[reference.table]:
            for person in crowd:
                if opens(town, person, reference.view, "list") or not opens(town, person, view, "show"):
                    continue
                for _key, named in examples(town, reference, person.merchant_id)[:1]:
                    status, page = person.page(f"{view.route_base}/{named}")
                    tried += status == 200
                    if status == 200 and f"{reference.view.route_base}/?{reference.name}={reference.written(named)}" in page:
                        told.append((person.name, view.name, named, reference.view.name))
    assert told == []
    assert tried > 20


def test_every_way_that_is_shown_opens(town: Flask, crowd: list[Person]) -> None:
    """For everybody, on the newest record of each view: what is named, and lists filtered by the record, which are never empty."""
    broken, tried = [], set()
    for view in {reference.view.name: reference for reference in references(town)}.values():
        for person in crowd:
            for key, _named in examples(town, view, person.merchant_id)[:1] if opens(town, person, view.view, "show") else ():
                here = f"{view.view.route_base}/{key}"
                ways = re.findall(r'href="([^"]+)"', "".join(LEADS.findall(person.page(here)[1])))
                for way in {way for way in ways if (person.name, way) not in tried}:
                    tried.add((person.name, way))
                    status, page = person.page(way)
                    if status != 200 or "by-blank" in page:
                        broken.append((person.name, here, way, status))
    assert broken == []
    assert len(tried) > 100


def test_ways_that_no_key_names_are_said_by_their_packages(town: Flask, crowd: list[Person]) -> None:
    """An order leads to its statement and to its transactions in the ledger, which lead to it; a charge to what was bought; a day to its month."""
    admin, owner = (next(person for person in crowd if person.name == name) for name in ("admin", "owner"))
    with town.app_context():
        enter_scope(EVERYTHING)
        on = select(StatementLine.statement_id, StatementLine.order_id, Statement.number, Statement.merchant_id)
        lines = on.join(Statement, Statement.id == StatementLine.statement_id).where(StatementLine.order_id.is_not(None), StatementLine.trade == "dining")
        listed = db.session.execute(lines.where(Statement.merchant_id == owner.merchant_id).order_by(StatementLine.id.desc())).first()
        charge = db.session.scalars(select(Charge).where(Charge.purpose == "subscription")).first()
        day = db.session.scalars(select(ReconDay).order_by(ReconDay.id)).first()
    assert listed and charge and day
    order, statement = f"/dining/orders/{listed.order_id}", f"/statements/{listed.statement_id}"
    for person in (admin, owner):
        leads = "".join(LEADS.findall(person.page(order)[1]))
        assert f'href="{statement}"' in leads, person.name
        assert f'href="{order}"' in person.page(statement)[1], person.name
        assert (f'href="/ledger/?q=order:{listed.order_id}"' in leads) == (person is admin)
    assert f'href="{order}"' in admin.page(f"/ledger/?q=order:{listed.order_id}")[1]
    assert f'href="/subscriptions/{charge.subject_id}"' in "".join(LEADS.findall(admin.page(f"/charges/{charge.id}")[1]))
    assert f"{day.day:%Y-%m}" in "".join(LEADS.findall(admin.page(f"/reconciliation/{day.id}")[1]))


def test_every_number_is_found_by_those_who_may_open_its_page(town: Flask, crowd: list[Person]) -> None:
    """The newest record of each view whose records have a number of their own, typed in small letters; nobody else finds it."""
    wrong, tried = [], 0
    for view in (each for each in town.extensions["appbuilder"].baseviews if isinstance(each, ConsoleView)):
        column = inspect(view.model).columns.get("number")
        if column is None or not column.unique or not isinstance(column.type, String):
            continue
        with town.app_context():
            enter_scope(EVERYTHING)
            record = db.session.scalars(select(view.model).order_by(inspect(view.model).primary_key[0].desc())).first()
        for person in crowd if record is not None else ():
            here = f"{view.route_base}/{record.id}"
            found = {each["url"] for each in person.browser.get("/find/", query_string={"q": record.number.lower()}).json}
            tried += here in found
            if (here in found) != (opens(town, person, view, "show") and person.page(here)[0] == 200):
                wrong.append((person.name, here, record.number, found))
    assert wrong == []
    assert tried > 40

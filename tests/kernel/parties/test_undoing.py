"""A change of a member is taken back from its toast, unless somebody changed the member in between."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope
from app.kernel.parties.models import Membership
from tests.support.people import House, merchant, sign_in


@pytest.fixture
def house(app: Flask) -> House:
    return merchant(app)


@pytest.fixture
def owner(app: Flask, house: House) -> FlaskClient:
    return sign_in(app, house.members["Owner"])


def cashier(app: Flask, house: House) -> tuple[int, str, bool, int]:
    with app.app_context():
        enter_scope(EVERYTHING)
        columns = (Membership.id, Membership.role, Membership.active, Membership.version)
        return tuple(db.session.execute(select(*columns).where(Membership.username == house.members["Cashier"])).one())


def undo_on(page: str) -> str:
    found = re.search(r'action="([^"]*put-back[^"]*version=[^"]*)"', page)
    assert found, "the toast has an undo"
    return unescape(found[1])


def test_a_member_who_was_shut_out_is_let_in_again(app: Flask, house: House, owner: FlaskClient) -> None:
    pk, _role, _active, version = cashier(app, house)
    assert owner.post(f"/members/{pk}/edit", data={"role": "Kitchen", "version": str(version)}).status_code == 303
    assert cashier(app, house)[1:3] == ("Kitchen", False)
    undo = undo_on(owner.get(f"/members/{pk}").get_data(as_text=True))
    assert owner.post(undo).status_code == 303
    assert cashier(app, house)[1:3] == ("Cashier", True)


def test_what_somebody_changed_in_between_is_not_undone(app: Flask, house: House, owner: FlaskClient) -> None:
    pk, _role, _active, version = cashier(app, house)
    owner.post(f"/members/{pk}/edit", data={"role": "Kitchen", "active": "y", "version": str(version)})
    undo = undo_on(owner.get(f"/members/{pk}").get_data(as_text=True))
    owner.post(f"/members/{pk}/edit", data={"role": "Manager", "active": "y", "version": str(version + 1)})
    assert owner.post(undo).status_code == 409
    assert cashier(app, house)[1:3] == ("Manager", True)

"""People of the tests: staff, a restaurant's members, customers; each with the door they use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app.core import clock
from app.core.actors import EVERYTHING, Actor, Scope, system
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.parties.models import Customer, Merchant
from app.kernel.parties.operations.customers import customer_of_openid, issue_token
from app.kernel.parties.operations.merchants import add_member, open_merchant
from app.kernel.parties.operations.sign_in import begin_enrolment, create_user, current_code

PASSWORD = "correct horse 42"
SETUP = system("tests")


def staff(app: Flask, role: str, username: str | None = None) -> FlaskClient:
    """A browser signed in as platform staff with this role; made if need be. Money roles pass the second factor."""
    name = username or role.lower()
    with app.app_context(), transaction(SETUP):
        create_user(name, PASSWORD, [role], last_name=role, first_name="Staff")
    return sign_in(app, name)


def sign_in(app: Flask, username: str) -> FlaskClient:
    """A browser that went through the sign-in pages."""
    from sqlalchemy import select

    from app.extensions import db
    from app.kernel.parties.models import StaffUser

    browser = app.test_client()
    answer = browser.post("/sign-in/", data={"username": username, "password": PASSWORD})
    assert answer.status_code == 303, answer.status_code
    if "/sign-in/code" in answer.headers["Location"]:
        with app.app_context(), transaction(SETUP):
            user = db.session.scalars(select(StaffUser).where(StaffUser.username == username)).one()
            begin_enrolment(user)
            code = current_code(user, clock.now())
        assert browser.post("/sign-in/code", data={"code": code}).status_code == 303
    return browser


@dataclass
class House:
    """A merchant and the usernames of its members by role."""

    merchant_id: int
    members: dict[str, str] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        """The owner, for calling operations directly."""
        return Actor("member", 1, "店主", frozenset({"Owner"}), Scope("merchant", self.merchant_id))


def merchant(app: Flask, name: str = "老巷子砂锅粥", *, admitted: bool = True, trade: str = "dining") -> House:
    """A merchant with an owner, a manager, a cashier, a kitchen, and a courier; open unless `admitted` is False."""
    with app.app_context(), transaction(SETUP):
        made = open_merchant(name, contact_name="林建民", contact_phone="13800138000", actor=SETUP, now=datetime.now(UTC))
        house = House(made.id)
        for role in ("Owner", "Manager", "Cashier", "Kitchen", "Courier"):
            username = f"{role.lower()}{made.id}"
            add_member(made, username=username, password=PASSWORD, role=role, last_name="林", first_name=role, actor=SETUP, now=datetime.now(UTC))
            house.members[role] = username
        if admitted:
            made.trades = [trade]
            move(made, "admit", actor=SETUP, now=datetime.now(UTC))
    return house


class Shopper:
    """A customer with a token, speaking to the API as a mini-program does."""

    def __init__(self, app: Flask, name: str = "li") -> None:
        self.app = app
        self.client = app.test_client()
        with app.app_context(), transaction(SETUP):
            customer: Customer = customer_of_openid(f"openid-{name}", now=datetime.now(UTC))
            customer.name = customer.name or name
            self.id = customer.id
            self.openid = f"openid-{name}"
            self.token = issue_token(customer, now=datetime.now(UTC))
        self.count = 0

    def headers(self, key: str | None = None) -> dict[str, str]:
        """Authorization, and a fresh Idempotency-Key unless one is given."""
        self.count += 1
        return {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key or f"test-{self.id}-{self.count:06d}"}

    def get(self, path: str, **query: Any) -> Any:
        """GET under /api/v1; the answer."""
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self.headers())

    def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        """POST JSON under /api/v1; the answer."""
        return self.client.post(f"/api/v1{path}", json=body if body is not None else None, headers=self.headers(key))


class Worker(Shopper):
    """A member of a merchant in the mini-program: a customer to whom the account of the console is linked."""

    def __init__(self, app: Flask, house: House, role: str = "Owner") -> None:
        super().__init__(app, house.members[role])
        answer = self.post("/work", {"username": house.members[role], "password": PASSWORD})
        assert answer.status_code == 200, answer.json


def everything() -> Actor:
    """The platform, seeing all rows."""
    return Actor("staff", 0, "平台", frozenset({"Admin", "Operator", "Reviewer"}), EVERYTHING)


__all__ = ["PASSWORD", "SETUP", "House", "Merchant", "Shopper", "Worker", "everything", "merchant", "sign_in", "staff"]

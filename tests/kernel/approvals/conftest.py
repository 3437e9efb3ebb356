"""A trade that demands papers, an applicant, and how an application gets whole."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.core.actors import EVERYTHING, Actor
from app.framework.database import get, transaction
from app.framework.manifest import DocumentDemand
from app.kernel.approvals.models import Application, Case, Demand
from app.kernel.approvals.operations.applications import save_application, start_application, submit_application
from app.kernel.approvals.operations.documents import attach_document
from app.kernel.approvals.rules import credit_check
from app.kernel.parties.models import Merchant
from tests.support.people import SETUP, House, merchant
from tests.support.pictures import picture

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CREDIT_CODE = "91330106MA2XK7QT3" + credit_check("91330106MA2XK7QT3")
COMPANY = {
    "category": "restaurant",
    "company": "杭州老灶台餐饮有限公司", "credit_code": CREDIT_CODE, "legal_person": "周建华", "contact_name": "林建民", "contact_phone": "13800138000",
    "address": "青溪镇滨河路 88 号", "bank_name": "青溪农商银行", "bank_account": "6222020000001233307",
}
DEMANDS = (
    DocumentDemand("business_licence", "营业执照", encrypted=True),
    DocumentDemand("food_permit", "食品经营许可证", expires=True, encrypted=True),
    DocumentDemand("storefront_photo", "门头照片", required=False, many=3),
)
VALID_UNTIL = date(2029, 3, 17)
REVIEWER = Actor("staff", 901, "赵思源", frozenset({"Reviewer"}), EVERYTHING)
SECOND = Actor("staff", 902, "周敏", frozenset({"Reviewer"}), EVERYTHING)


@pytest.fixture(autouse=True)
def demanding_trade(app: Flask) -> Iterator[None]:
    """Dining demands a licence, a permit that expires, and photos if there are any."""
    before = app.extensions["manifests"]
    app.extensions["manifests"] = [replace(each, documents=DEMANDS, handlers={}) if each.name == "dining" else each for each in before]
    app.extensions.pop("reviewables", None)
    with app.app_context(), transaction(SETUP) as session:
        session.execute(update(Demand).where(Demand.kind == "storefront_photo").values(required=False))
    yield
    app.extensions["manifests"] = before
    app.extensions.pop("reviewables", None)


@pytest.fixture
def house(app: Flask) -> House:
    """A merchant that applies."""
    return merchant(app, "老灶台家常菜", admitted=False)


def begin(house: House, now: datetime = NOW) -> Application:
    """The house's draft."""
    return start_application(get(Merchant, house.merchant_id), "dining", actor=house.actor, now=now)


def fill_in(application: Application, house: House, now: datetime = NOW, *, papers: bool = True, **changes: Any) -> Application:
    """The draft with the firm's data and, unless `papers` is False, its papers."""
    application = save_application(application, {**COMPANY, **changes}, {}, actor=house.actor, now=now)
    if papers:
        attach(application, "business_licence", house, now)
        attach(application, "food_permit", house, now, expires_on=VALID_UNTIL, number="JY23301060098812")
    return application


def attach(application: Application, kind: str, house: House, now: datetime = NOW, **more: Any) -> Any:
    """A paper handed in."""
    return attach_document(application, kind, io.BytesIO(picture()), "paper.jpg", actor=house.actor, now=now, **more)


def hand_in(house: House, now: datetime = NOW) -> Case:
    """A whole application, submitted."""
    return submit_application(fill_in(begin(house, now), house, now), actor=house.actor, now=now)


def handed_in(app: Flask, house: House) -> int:
    """The key of a case, committed, for tests that go through doors."""
    with app.app_context(), transaction(house.actor):
        return hand_in(house, datetime.now(UTC)).id

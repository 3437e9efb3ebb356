"""Which documents a trade demands: kept in the console, asked from the next submission on."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.actors import EVERYTHING
from app.core.clock import now
from app.extensions import db
from app.framework.database import enter_scope, lock, transaction
from app.kernel.approvals.models import Demand
from app.kernel.approvals.operations.demands import LastDemand, change_demand, seed_demands
from tests.kernel.approvals.conftest import COMPANY
from tests.kernel.approvals.test_doors import paper, text
from tests.support.people import SETUP, merchant, sign_in, staff
from tests.support.pictures import PDF

NEW = {"trade": "dining", "kind": "fire_permit", "label_zh": "消防合格证", "label_en": "Fire permit", "many": "1",
       "position": "9", "required": "y", "active": "y"}


@pytest.fixture
def operator(app: Flask) -> FlaskClient:
    return staff(app, "Operator")


def row(app: Flask, kind: str) -> Any:
    with app.app_context():
        enter_scope(EVERYTHING)
        return db.session.scalars(select(Demand).where(Demand.trade == "dining", Demand.kind == kind)).one_or_none()


def typed(demand: Any, **changes: Any) -> dict[str, str]:
    """The form of a demand as it stands, with changes; None leaves a tick out."""
    values = {"label_zh": demand.label_zh, "label_en": demand.label_en, "many": str(demand.many), "position": str(demand.position)}
    values["version"] = str(demand.version)
    values |= {name: "y" for name in ("required", "expires", "active") if getattr(demand, name)}
    return {name: value for name, value in {**values, **changes}.items() if value is not None}


def test_a_document_more_is_demanded_from_the_next_submission_on(app: Flask, operator: FlaskClient) -> None:
    assert operator.post("/document-demands/new", data=NEW).status_code == 303
    made = row(app, "fire_permit")
    assert (made.label_zh, made.required, made.encrypted, made.many, made.active) == ("消防合格证", True, True, 1, True)
    house = merchant(app, "新店", admitted=False)
    owner = sign_in(app, house.members["Owner"])
    owner.post("/application/dining/begin")
    owner.post("/application/dining/company", data=COMPANY)
    assert "消防合格证" in text(owner.get("/application/dining/papers"))
    owner.post("/application/dining/papers", data=paper("business_licence"))
    owner.post("/application/dining/papers", data=paper("food_permit", PDF, "permit.pdf", expires_on="2031-01-01"))
    assert "还缺消防合格证" in text(owner.post("/application/dining/submit"))
    assert owner.post("/application/dining/papers", data=paper("fire_permit")).status_code == 303
    assert owner.post("/application/dining/submit").status_code == 303
    reviewer = staff(app, "Reviewer")
    assert "消防合格证" in text(reviewer.get(reviewer.post("/review/next").headers["Location"]))


def test_a_demand_is_changed_and_put_back(app: Flask, operator: FlaskClient) -> None:
    demand = row(app, "food_permit")
    address = f"/document-demands/{demand.id}"
    assert operator.post(f"{address}/edit", data=typed(demand, label_zh="食品许可", required=None)).status_code == 303
    assert (row(app, "food_permit").label_zh, row(app, "food_permit").required) == ("食品许可", False)
    page = text(operator.get(address))
    assert "中文名称：" in page and "label_zh" not in page
    back = re.search(rf'href="({address}/put-back/\d+)"', page)[1]
    version = re.search(r'name="version" value="(\d+)"', text(operator.get(back)))[1]
    assert operator.post(back, data={"version": version}).status_code == 303
    assert (row(app, "food_permit").label_zh, row(app, "food_permit").required) == ("食品经营许可证", True)


def test_a_trade_never_admits_without_any_document(app: Flask, operator: FlaskClient) -> None:
    first, second = row(app, "business_licence"), row(app, "food_permit")
    assert operator.post(f"/document-demands/{first.id}/edit", data=typed(first, active=None)).status_code == 303
    answer = operator.post(f"/document-demands/{second.id}/edit", data=typed(second, required=None))
    assert (answer.status_code, "至少要有一种必交的证照" in text(answer)) == (409, True)
    assert row(app, "food_permit").required is True


@pytest.mark.parametrize(("changes", "status", "says"), [
    ({"kind": "food_permit"}, 409, "已有"), ({"kind": "Fire permit"}, 422, "小写字母"), ({"many": "12"}, 422, "by-error"), ({"label_zh": ""}, 422, "填写"),
])
def test_what_does_not_fit_is_refused(app: Flask, operator: FlaskClient, changes: dict[str, str], status: int, says: str) -> None:
    with app.app_context(), transaction(SETUP) as session:
        before = len(session.scalars(select(Demand.id)).all())
    answer = operator.post("/document-demands/new", data={**NEW, **changes})
    assert (answer.status_code, says in text(answer)) == (status, True)
    with app.app_context(), transaction(SETUP) as session:
        assert len(session.scalars(select(Demand.id)).all()) == before


def test_a_start_brings_back_nothing_that_staff_changed(app: Flask, operator: FlaskClient) -> None:
    demand = row(app, "storefront_photo")
    operator.post(f"/document-demands/{demand.id}/edit", data=typed(demand, active=None))
    with app.app_context(), transaction(SETUP):
        seed_demands(app.extensions["manifests"], now=now())
    assert row(app, "storefront_photo").active is False


def test_reviewers_read_demands_and_merchants_do_not(app: Flask) -> None:
    reviewer, owner = staff(app, "Reviewer"), sign_in(app, merchant(app).members["Owner"])
    assert reviewer.get("/document-demands/").status_code == 200 and reviewer.get("/document-demands/new").status_code == 403
    assert owner.get("/document-demands/").status_code == 403


def test_of_two_who_drop_one_demand_each_one_is_refused(app: Flask, operator: FlaskClient) -> None:
    both = [row(app, "business_licence"), row(app, "food_permit")]
    ready = Barrier(2)

    def drop(demand: Any) -> str:
        with app.app_context():
            try:
                with transaction(SETUP):
                    found = lock(Demand, demand.id)
                    ready.wait()
                    change_demand(found, required=False, actor=SETUP, now=now())
            except LastDemand as refusal:
                return refusal.code
            return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(drop, both)) == ["demand.last", "done"]
    assert sorted((row(app, "business_licence").required, row(app, "food_permit").required)) == [False, True]

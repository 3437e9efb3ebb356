"""Rules that staff changed are put back from their timeline: previewed, validated, audited, and themselves put back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.framework.database import save, transaction
from app.kernel.approvals.models import RejectReason, ReviewPolicy
from app.kernel.audit.models import AuditEntry
from app.kernel.audit.operations import append
from app.kernel.forms.models import FieldDefinition
from tests.support.people import SETUP, staff

FIELD = {"form": "dining.application", "name": "cuisine", "kind": "choice", "label_zh": "菜系", "label_en": "Cuisine", "choices": "川菜\n粤菜", "active": "y"}
CHANGED = {"label_zh": "主营菜系", "label_en": "Cuisine", "choices": "川菜", "position": "3"}


def record(app: Flask, model: Any) -> dict[str, Any]:
    with app.app_context(), transaction(SETUP) as session:
        found = session.scalars(select(model)).one()
        return {column.key: getattr(found, column.key) for column in model.__mapper__.columns}


def act(app: Flask, action: str) -> int:
    """The newest act of that name."""
    with app.app_context(), transaction(SETUP):
        return int(db.session.scalars(select(AuditEntry.id).where(AuditEntry.action == action).order_by(AuditEntry.id.desc())).first() or 0)


def changed_field(app: Flask) -> tuple[FlaskClient, int]:
    """An administrator who made a field and changed it; the act of the change."""
    admin = staff(app, "Admin")
    assert admin.post("/form-fields/new", data=FIELD).status_code == 303
    assert admin.post("/form-fields/1/edit", data=CHANGED).status_code == 303
    return admin, act(app, "field.changed")


def test_a_change_is_put_back_after_a_preview_and_put_back_again(app: Flask) -> None:
    admin, entry = changed_field(app)
    address = f"/form-fields/1/put-back/{entry}"
    assert address in admin.get("/form-fields/1").get_data(as_text=True)
    page = admin.get(address).get_data(as_text=True)
    shown = [re.sub(r"<[^>]+>|\s", "", row) for row in re.findall(r"<tr[^>]*>.*?</tr>", page, re.S)]
    assert {"中文名称主营菜系菜系", "选项川菜川菜、粤菜", "排在第几30", "启用否是"} <= set(shown), shown
    assert record(app, FieldDefinition)["label_zh"] == "主营菜系"  # looking changes nothing
    assert admin.post(address, data={"version": "2"}).status_code == 303
    now = record(app, FieldDefinition)
    assert (now["label_zh"], now["choices"], now["position"], now["active"], now["version"]) == ("菜系", ["川菜", "粤菜"], 0, True, 3)
    again = act(app, "field.changed")
    assert admin.post(f"/form-fields/1/put-back/{again}", data={"version": "3"}).status_code == 303
    now = record(app, FieldDefinition)
    assert (now["label_zh"], now["choices"], now["position"], now["active"]) == ("主营菜系", ["川菜"], 3, False)


def test_what_somebody_changed_meanwhile_is_shown_and_nothing_is_put_back(app: Flask) -> None:
    admin, entry = changed_field(app)
    assert admin.post("/form-fields/1/edit", data={**CHANGED, "position": "9"}).status_code == 303
    answer = admin.post(f"/form-fields/1/put-back/{entry}", data={"version": "2"})
    assert answer.status_code == 409 and "别人刚改过这条记录" in answer.get_data(as_text=True)
    assert record(app, FieldDefinition)["position"] == 9


def test_values_that_no_longer_stand_are_refused(app: Flask) -> None:
    admin = staff(app, "Admin")
    with app.app_context(), transaction(SETUP) as session:
        policy = save(ReviewPolicy(kind="dining.application", mode="all", minutes=45, young_days=30, words=[], sample_ppm=0))
        append("policy.changed", policy, actor=SETUP, now=datetime.now(UTC), changes={"minutes": [1, 45]})
        version = policy.version
        assert session.get_one(ReviewPolicy, 1).minutes == 45
    answer = admin.post(f"/review-policies/1/put-back/{act(app, 'policy.changed')}", data={"version": str(version)})
    assert answer.status_code == 422 and "by-note--bad" in answer.get_data(as_text=True)
    assert (record(app, ReviewPolicy)["minutes"], record(app, ReviewPolicy)["version"]) == (45, version)


def test_policies_and_reasons_come_back_whole(app: Flask) -> None:
    admin = staff(app, "Admin")
    policy = {"kind": "dining.application", "mode": "all", "minutes": "60", "young_days": "30", "sample_ppm": "5", "words": "甲 乙"}
    admin.post("/review-policies/new", data=policy)
    admin.post("/review-policies/1/edit", data={**policy, "minutes": "45", "sample_ppm": "0", "words": "丙"})
    assert admin.post(f"/review-policies/1/put-back/{act(app, 'policy.changed')}", data={"version": "2"}).status_code == 303
    now = record(app, ReviewPolicy)
    assert (now["minutes"], now["sample_ppm"], now["words"], now["mode"]) == (60, 50_000, ["甲", "乙"], "all")
    with app.app_context(), transaction(SETUP):
        key = db.session.scalars(select(RejectReason.id).order_by(RejectReason.id)).first()
    if key is None:
        admin.post("/review-reasons/new", data={"sentence": "照片不清楚", "position": "1", "active": "y"})
        key = 1
    assert admin.post(f"/review-reasons/{key}/edit", data={"sentence": "改了", "position": "7"}).status_code == 303
    entry = act(app, "reason.changed")
    with app.app_context(), transaction(SETUP) as session:
        was, version = session.get_one(AuditEntry, entry).changes, session.get_one(RejectReason, key).version
    assert admin.post(f"/review-reasons/{key}/put-back/{entry}", data={"version": str(version)}).status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        found = session.get_one(RejectReason, key)
        assert (found.sentence, found.active) == (was["sentence"][0], True)


def test_who_may_not_edit_is_neither_offered_nor_allowed_it(app: Flask) -> None:
    _admin, entry = changed_field(app)
    for role in ("Finance", "Reviewer"):
        browser = staff(app, role)
        assert browser.post(f"/form-fields/1/put-back/{entry}", data={"version": "2"}).status_code == 403
        assert "put-back" not in browser.get("/form-fields/1").get_data(as_text=True)
    assert record(app, FieldDefinition)["label_zh"] == "主营菜系"


def test_an_act_of_another_record_is_not_found(app: Flask) -> None:
    admin, entry = changed_field(app)
    assert admin.post("/form-fields/new", data={**FIELD, "name": "other"}).status_code == 303
    assert admin.get(f"/form-fields/2/put-back/{entry}").status_code == 404
    assert admin.get("/form-fields/1/put-back/99999").status_code == 404

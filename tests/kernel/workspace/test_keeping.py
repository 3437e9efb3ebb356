"""Pins, recent records, drafts, and the cells of a list."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_wtf import FlaskForm
from wtforms import FileField, PasswordField, StringField

from app.core.actors import EVERYTHING, Actor
from app.core.clock import now
from app.framework.console.changes import Changes
from app.framework.database import transaction
from app.kernel.workspace.operations.keeping import DraftTooLarge, TooManyPins, forget_old_drafts, keep_draft, note_opened, set_pin
from tests.support.people import Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant


@pytest.fixture
def me(app: Flask) -> Actor:
    staff(app, "Operator")
    return Actor("staff", 1, "周敏", frozenset({"Operator"}), EVERYTHING)


def test_the_palette_begins_with_pins_and_recent_records(app: Flask, place: Restaurant) -> None:
    order = place.paid(Shopper(app, "li"), ("鲜虾粥", 1))
    owner, manager = sign_in(app, place.house.members["Owner"]), sign_in(app, place.house.members["Manager"])
    owner.get(f"/dining/orders/{order['id']}")
    owner.post("/workspace/pins", data={"address": "/dining/orders/?view=all", "label": "订单", "pinned": "yes"})
    first, second = owner.get("/find/?q=").json[:2]
    assert (first["label"], first["url"], first["kind"]) == ("订单", "/dining/orders/", "收藏")
    assert (second["label"], second["url"], second["kind"]) == (order["number"], f"/dining/orders/{order['id']}", "最近")
    assert "收藏" not in [each["kind"] for each in manager.get("/find/?q=").json]
    owner.post("/workspace/pins", data={"address": "/dining/orders/", "pinned": "no"})
    assert owner.get("/find/?q=").json[0]["kind"] == "最近"


def test_a_pin_never_leaves_the_site(app: Flask, place: Restaurant, rows: Any) -> None:
    owner = sign_in(app, place.house.members["Owner"])
    for address in ("https://evil.example/", "//evil.example/x", "javascript:alert(1)"):
        owner.post("/workspace/pins", data={"address": address, "label": "x", "pinned": "yes"})
    assert rows("SELECT DISTINCT address FROM workspace_pin") == [("/",)]


def test_pins_have_an_end(app: Flask, me: Actor) -> None:
    with app.app_context(), transaction(me):
        for number in range(40):
            set_pin(f"/x/{number}", "x", "", True, actor=me, now=now())
        with pytest.raises(TooManyPins):
            set_pin("/x/40", "x", "", True, actor=me, now=now())


def test_recents_are_fifty_and_a_repeat_within_a_minute_writes_nothing(app: Flask, me: Actor, rows: Any) -> None:
    start = now()
    with app.app_context(), transaction(me):
        for number in range(53):
            note_opened(f"/x/{number}", "x", "", actor=me, now=start + timedelta(seconds=number))
    assert rows("SELECT count(*), min(seen_at) FROM workspace_recent") == [(50, start + timedelta(seconds=3))]
    with app.app_context(), transaction(me):
        note_opened("/x/52", "y", "", actor=me, now=start + timedelta(seconds=100))
        note_opened("/x/51", "y", "", actor=me, now=start + timedelta(seconds=120))
    assert rows("SELECT address, label, seen_at FROM workspace_recent WHERE label = 'y'") == [("/x/51", "y", start + timedelta(seconds=120))]


FORM = "/workspace/drafts/approvals.reasons/0"


def test_a_draft_waits_through_signing_out_is_offered_filled_in_and_gone_when_saved(app: Flask, rows: Any) -> None:
    first = staff(app, "Operator")
    typed = {"sentence": "图太暗，重拍一张", "sentence_en": "Too dark", "kind": "", "position": "9", "active": "y"}
    assert first.post(FORM, data={**typed, "csrf_token": "t"}).status_code == 204
    [(kept,)] = rows("SELECT typed FROM workspace_draft")
    assert kept["sentence"] == ["图太暗，重拍一张"] and "csrf_token" not in kept
    first.post("/sign-out")
    again = sign_in(app, "operator")
    offered = again.get("/review-reasons/new").get_data(as_text=True)
    assert "有没提交的草稿" in offered and "图太暗" not in offered
    assert "图太暗，重拍一张" in again.get("/review-reasons/new?draft=yes").get_data(as_text=True)
    assert "有没提交的草稿" not in staff(app, "Operator", "zhou").get("/review-reasons/new").get_data(as_text=True), "one person's own"
    saved = again.post("/review-reasons/new", data=typed)
    assert saved.status_code == 303, saved.get_data(as_text=True)[-1500:]
    assert rows("SELECT 1 FROM workspace_draft") == []


def test_a_draft_restored_over_somebody_elses_change_meets_the_conflict(app: Flask, rows: Any) -> None:
    [(pk, version)] = rows("SELECT id, version FROM approval_reason ORDER BY id LIMIT 1")
    admin, form = staff(app, "Admin"), {"sentence": "甲", "sentence_en": "A", "kind": "", "position": "1", "active": "y", "version": str(version)}
    admin.post(f"/workspace/drafts/approvals.reasons/{pk}", data=form)
    assert staff(app, "Operator").post(f"/review-reasons/{pk}/edit", data={**form, "sentence": "乙"}).status_code == 303
    restored = admin.get(f"/review-reasons/{pk}/edit?draft=yes").get_data(as_text=True)
    assert f'name="version" value="{version}"' in restored
    assert admin.post(f"/review-reasons/{pk}/edit", data=form).status_code == 409


def test_secrets_and_files_are_in_no_draft(app: Flask) -> None:
    class Form(FlaskForm):
        name = StringField()
        password = PasswordField()
        picture = FileField()
        bank = StringField(render_kw={"data-sensitive": "yes"})

    with app.test_request_context():
        assert Changes.secret_fields(None, Form(meta={"csrf": False})) == {"password", "picture", "bank"}


def test_a_draft_of_a_form_that_one_may_not_open_is_refused(app: Flask, place: Restaurant, rows: Any) -> None:
    cashier = sign_in(app, place.house.members["Cashier"])
    assert cashier.post(FORM, data={"sentence": "x"}).status_code == 403
    assert staff(app, "Admin").post("/workspace/drafts/approvals.reasons/999999", data={"sentence": "x"}).status_code == 404
    assert rows("SELECT 1 FROM workspace_draft") == []


def test_a_draft_can_be_thrown_away(app: Flask, rows: Any) -> None:
    admin = staff(app, "Admin")
    admin.post(FORM, data={"sentence": "x"})
    admin.post(f"{FORM}/discard", data={"back": "/review-reasons/new"})
    assert rows("SELECT 1 FROM workspace_draft") == []


def test_drafts_end_after_a_week_and_are_not_large(app: Flask, me: Actor, rows: Any) -> None:
    with app.app_context(), transaction(me):
        keep_draft("a", 0, {"x": ["1"]}, actor=me, now=now() - timedelta(days=7, minutes=1))
        keep_draft("b", 0, {"x": ["1"]}, actor=me, now=now() - timedelta(days=6))
        keep_draft("b", 0, {"x": ["2"]}, actor=me, now=now() - timedelta(days=6))
        with pytest.raises(DraftTooLarge):
            keep_draft("c", 0, {"x": ["长" * 30_000]}, actor=me, now=now())
    with app.app_context():
        forget_old_drafts()
    assert rows("SELECT form_name, typed FROM workspace_draft") == [("b", {"x": ["2"]})]


def test_a_cell_is_changed_through_the_form_and_its_version(app: Flask, rows: Any) -> None:
    operator, json = staff(app, "Admin"), {"Accept": "application/json"}
    rows_before = rows("SELECT id, sentence, position, version FROM approval_reason ORDER BY id LIMIT 1")
    [(pk, sentence, _position, version)] = rows_before
    answer = operator.post(f"/review-reasons/{pk}/cell", data={"name": "position", "position": "77", "version": str(version)})
    assert (answer.status_code, answer.json["value"], answer.json["version"]) == (200, 77, version + 1), answer.get_data(as_text=True)
    after = rows(f"SELECT sentence, position FROM approval_reason WHERE id = {pk}")
    assert after == [(sentence, 77)]
    stale = operator.post(f"/review-reasons/{pk}/cell", data={"name": "position", "position": "78", "version": str(version)}, headers=json)
    bad = operator.post(f"/review-reasons/{pk}/cell", data={"name": "position", "position": "x", "version": str(version + 1)}, headers=json)
    closed = operator.post(f"/review-reasons/{pk}/cell", data={"name": "sentence", "sentence": "x", "version": str(version + 1)})
    assert (stale.status_code, bad.status_code, closed.status_code) == (409, 422, 404)
    assert rows(f"SELECT sentence, position FROM approval_reason WHERE id = {pk}") == after
    assert "刚被别人改过" in stale.json["title"]
    assert {each["field"] for each in bad.json["errors"]} == {"position"}


def test_a_suspension_is_taken_back_for_ten_seconds_and_the_audit_shows_both(app: Flask, place: Restaurant, rows: Any) -> None:
    operator = staff(app, "Operator")
    shown = operator.post("/merchants/1/move/suspend", data={"reason": "查一下"}, follow_redirects=True).get_data(as_text=True)
    undo = re.search(r'action="(/merchants/1/move/resume\?undo=[^"]+)"', shown)
    assert undo and 'data-seconds="10"' in shown
    address = undo[1].replace("&amp;", "&")
    assert staff(app, "Reviewer").post(address).status_code == 403
    assert rows("SELECT status FROM party_merchant WHERE id = 1") == [("suspended",)]
    assert operator.post(address).status_code == 303
    assert rows("SELECT status FROM party_merchant WHERE id = 1") == [("open",)]
    acts = rows("SELECT action, reason FROM audit_entry WHERE subject_type = 'party_merchant' AND subject_id = 1 ORDER BY id DESC LIMIT 2")
    assert acts == [("merchant.resume", "撤销：暂停"), ("merchant.suspend", "查一下")]
    assert operator.post(address).status_code == 409, "the record moved on"
    assert operator.post("/merchants/1/move/suspend?undo=1-close").status_code == 404
    assert rows("SELECT status FROM party_merchant WHERE id = 1") == [("open",)]


def test_an_undo_that_names_no_such_move_is_no_page(app: Flask, place: Restaurant, rows: Any) -> None:
    operator = staff(app, "Operator")
    for undo in ("x", "1-", "1-admit", "x-suspend"):
        assert operator.post(f"/merchants/1/move/resume?undo={undo}").status_code == 404
    assert rows("SELECT status FROM party_merchant WHERE id = 1") == [("open",)]

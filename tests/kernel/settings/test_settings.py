"""Settings: previewed, validated, audited, put back; a second person where money moves; and each changes what its operation does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from app.core.actors import EVERYTHING, Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import transaction
from app.framework.settings import declared, value_of
from app.kernel.aftersales.models import RefundCase
from app.kernel.approvals.models import ReviewPolicy
from app.kernel.approvals.operations.library import set_policy
from app.kernel.audit.models import AuditEntry
from app.kernel.exports.models import ExportTask
from app.kernel.exports.operations import TooManyAtOnce, ask_export
from app.kernel.exports.sources import LIST
from app.kernel.imports.models import ImportTask
from app.kernel.imports.operations import importer_for, take_in
from app.kernel.listings.moderation import _policy_asks
from app.kernel.parties.models import Invitation, Merchant, StaffUser
from app.kernel.parties.operations.invitations import invite
from app.kernel.parties.operations.viewing import lengths
from app.kernel.settings.models import SettingVersion
from app.kernel.settings.operations import change_setting
from app.kernel.workspace.models import Draft
from app.kernel.workspace.operations.keeping import forget_old_drafts, keep_draft
from app.verticals.dining.listing import DISH_LISTING
from app.verticals.dining.models import DiningOrder, Dish, Shop
from app.verticals.dining.operations.shops import open_shop
from tests.support.people import SETUP, Shopper, merchant, sign_in, staff
from tests.verticals.dining.world import restaurant

ADMIN = Actor("staff", 901, "林建民", frozenset({"Admin"}), EVERYTHING)
LIMIT = "aftersales.second_person_above"


def typed(setting: str, text: str) -> str:
    return f"/settings/{setting}/{'propose' if setting == LIMIT else 'change'}"


def change(browser: FlaskClient, name: str, text: str, confirmed: Any, reason: str = "试一试", **more: str) -> Any:
    """Post the form with its preview confirmed."""
    return browser.post(typed(name, text), data={"value": text, "reason": reason, "confirmed": f"={confirmed}", **more})


def versions(app: Flask, name: str) -> list[tuple[int, Any, str, str | None]]:
    with app.app_context(), transaction(SETUP) as session:
        rows = session.scalars(select(SettingVersion).where(SettingVersion.name == name).order_by(SettingVersion.number))
        return [(each.number, each.value, each.status, each.approved_by) for each in rows]


def now_is(app: Flask, name: str) -> Any:
    with app.app_context(), transaction(SETUP):
        return value_of(name)


def test_a_change_is_previewed_before_it_counts_and_then_audited(app: Flask) -> None:
    admin = staff(app, "Operator")
    answer = admin.post("/settings/dining.pay_within/change", data={"value": "30", "reason": "付款慢"})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "<del>15 分钟</del>" in page, "<ins>30 分钟</ins>" in page, "自动取消" in page) == (200, True, True, True)
    assert (now_is(app, "dining.pay_within"), versions(app, "dining.pay_within")) == (15, [])
    assert change(admin, "dining.pay_within", "30", 30, "付款慢").status_code == 303
    assert now_is(app, "dining.pay_within") == 30
    [(number, value, status, _approver)] = versions(app, "dining.pay_within")
    assert (number, value, status) == (1, 30, "approved")
    with app.app_context(), transaction(SETUP) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "setting.changed")).one()
        assert (entry.reason, entry.changes) == ("付款慢", {"value": ["15 分钟", "30 分钟"]})
    listed = admin.get("/settings/").get_data(as_text=True)
    assert "30 分钟" in listed and "OperatorStaff" in listed


@pytest.mark.parametrize(("name", "value", "confirmed", "words"), [
    ("dining.pay_within", "4", 4, "要在 5 分钟 到 120 分钟 之间"),
    ("dining.pay_within", "121", 121, "要在 5 分钟 到 120 分钟 之间"),
    ("dining.pay_within", "15", 15, "现在就是 15 分钟"),
    ("dining.pay_within", "many", "many", ""),
    ("dining.price_up", "200", 2_000_000, "要在 0 % 到 100 % 之间"),
    ("settings.platform_name", " ", "", "写 1 到 20 个字"),
])
def test_what_does_not_fit_is_refused_beside_its_field_and_changes_nothing(app: Flask, name: str, value: str, confirmed: Any, words: str) -> None:
    answer = change(staff(app, "Admin"), name, value, confirmed)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, versions(app, name)) == (422, [])
    assert 'id="value-error"' in page and words.replace(" ", "") in page.replace(" ", "")


def test_a_change_needs_a_reason(app: Flask) -> None:
    assert change(staff(app, "Admin"), "dining.pay_within", "30", 30, reason=" ").status_code == 422
    assert versions(app, "dining.pay_within") == []


def test_any_earlier_version_and_the_default_come_back(app: Flask) -> None:
    admin = staff(app, "Admin")
    for value in ("30", "45"):
        assert change(admin, "dining.pay_within", value, int(value)).status_code == 303
    shown = admin.get("/settings/dining.pay_within").get_data(as_text=True)
    assert "/settings/dining.pay_within/change?to=1" in shown and "?to=default" in shown
    assert 'value="30"' in admin.get("/settings/dining.pay_within/change?to=1").get_data(as_text=True)
    assert 'value="15"' in admin.get("/settings/dining.pay_within/change?to=default").get_data(as_text=True)
    assert change(admin, "dining.pay_within", "30", 30, "改回第 1 版").status_code == 303
    assert [(number, value, status) for number, value, status, _ in versions(app, "dining.pay_within")] == [
        (1, 30, "ended"), (2, 45, "ended"), (3, 30, "approved"),
    ]
    assert now_is(app, "dining.pay_within") == 30


def test_who_saw_an_older_version_is_shown_the_present_one(app: Flask) -> None:
    admin = staff(app, "Admin")
    assert change(admin, "dining.pay_within", "30", 30, seen="0").status_code == 303
    answer = change(admin, "dining.pay_within", "45", 45, seen="0")
    assert answer.status_code == 409 and "<del>30 分钟</del>" in answer.get_data(as_text=True)
    assert now_is(app, "dining.pay_within") == 30


@pytest.mark.parametrize(("role", "name", "status"), [
    ("Finance", "dining.pay_within", 403), ("Reviewer", "dining.pay_within", 403), ("Operator", LIMIT, 403), ("Reviewer", LIMIT, 403),
])
def test_who_may_not_changes_nothing(app: Flask, role: str, name: str, status: int) -> None:
    assert change(staff(app, role), name, "30", 30).status_code == status
    assert versions(app, name) == []


def test_a_money_setting_does_not_change_by_the_door_of_the_others(app: Flask) -> None:
    admin = staff(app, "Admin")
    assert admin.post(f"/settings/{LIMIT}/change", data={"value": "1", "reason": "x", "confirmed": "=100"}).status_code == 404
    assert admin.post("/settings/dining.pay_within/propose", data={"value": "30", "reason": "x", "confirmed": "=30"}).status_code == 404
    assert admin.get("/settings/no.such").status_code == 404
    assert versions(app, LIMIT) == []


def test_a_merchant_sees_no_settings(app: Flask) -> None:
    owner = sign_in(app, merchant(app).members["Owner"])
    assert [owner.get(path).status_code for path in ("/settings/", "/settings/dining.pay_within", "/setting-versions/")] == [403] * 3


def test_money_waits_for_a_second_person_and_its_proposer_is_refused(app: Flask) -> None:
    first, second = staff(app, "Finance", "fin-one"), staff(app, "Finance", "fin-two")
    assert change(first, LIMIT, "200", 20_000).status_code == 303
    assert (now_is(app, LIMIT), versions(app, LIMIT)[0][1:3]) == (50_000, (20_000, "draft"))
    assert change(second, LIMIT, "300", 30_000).status_code == 409  # one proposal at a time
    assert first.post("/setting-versions/1/move/approve").status_code == 403
    assert (now_is(app, LIMIT), versions(app, LIMIT)[0][2]) == (50_000, "draft")
    assert "个设置改动等你批准" in second.get("/").get_data(as_text=True)
    assert "个设置改动等你批准" not in first.get("/").get_data(as_text=True)
    assert second.post("/setting-versions/1/move/approve").status_code == 303
    assert (now_is(app, LIMIT), versions(app, LIMIT)[0][2]) == (20_000, "approved")


def test_a_refused_proposal_changes_nothing(app: Flask) -> None:
    first, second = staff(app, "Finance", "fin-one"), staff(app, "Admin")
    assert change(first, LIMIT, "200", 20_000).status_code == 303
    assert second.post("/setting-versions/1/move/refuse", data={"reason": "太低"}).status_code == 303
    assert (now_is(app, LIMIT), versions(app, LIMIT)[0][2]) == (50_000, "refused")


def test_forty_changes_at_once_leave_one_that_counts(app: Flask) -> None:
    def set_to(number: int) -> str:
        try:
            with app.app_context(), transaction(ADMIN):
                change_setting("dining.pay_within", 20 + number, reason="抢", seen=0, actor=ADMIN, now=datetime.now(UTC))
            return "done"
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(12) as pool:
        outcomes = sorted(pool.map(set_to, range(40)))
    assert outcomes.count("done") == 1
    assert [status for _number, _value, status, _ in versions(app, "dining.pay_within")] == ["approved"]


def test_values_are_read_once_and_fresh_in_each_request(app: Flask) -> None:
    sent: list[str] = []

    def keep(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM setting_version" in statement:
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", keep)
    try:
        with app.app_context(), transaction(SETUP):
            assert [value_of(name) for name in declared()] == [setting.default for setting in declared().values()]
    finally:
        event.remove(engine, "before_cursor_execute", keep)
    assert len(sent) == 1


def test_each_setting_is_called_after_its_package_and_its_default_fits(app: Flask) -> None:
    with app.app_context():
        for manifest in app.extensions["manifests"]:
            for setting in manifest.settings:
                assert setting.name.startswith(f"{manifest.name}."), setting.name
                assert isinstance(setting.default, str | bool) or setting.least <= setting.default <= setting.most, setting.name


# ---- each setting changes what its operation does --------------------------------------------------------------------

def put(app: Flask, name: str, text: str, value: Any) -> None:
    """Change a setting in the console."""
    assert change(staff(app, "Admin", f"by-{name.replace('_', '-')}"), name, text, value).status_code == 303


def test_time_to_pay(app: Flask) -> None:
    place = restaurant(app)
    put(app, "dining.pay_within", "40", 40)
    placed = place.place(Shopper(app), ("牛肉面", 1))
    with app.app_context(), transaction(SETUP) as session:
        order = session.get_one(DiningOrder, placed["id"])
        assert order.pay_by - order.placed_at == timedelta(minutes=40)


def test_time_to_accept_of_a_shop_opened_later(app: Flask) -> None:
    put(app, "dining.accept_within", "12", 12)
    house = merchant(app, "晚开的店", admitted=False)
    with app.app_context(), transaction(SETUP) as session:
        open_shop(session.get_one(Merchant, house.merchant_id), actor=SETUP, now=datetime.now(UTC))
        assert session.scalars(select(Shop.accept_minutes)).one() == 12


def set_policy_of_changes() -> None:
    """Dishes are reviewed again only where something watched changed."""
    if not db.session.scalars(select(ReviewPolicy)).first():
        set_policy(kind="dining.dish", mode="changed_fields", minutes=60, young_days=0, words=[], actor=SETUP, now=datetime.now(UTC))


def test_rise_of_a_price_that_is_reviewed_again(app: Flask) -> None:
    restaurant(app)
    outcomes = []
    for value, ppm in (("30", None), ("50", 500_000)):
        if ppm:
            put(app, "dining.price_up", value, ppm)
        with app.app_context(), transaction(SETUP) as session:
            dish = session.scalars(select(Dish).order_by(Dish.id)).first()
            dish.sizes[0].price = round(dish.sizes[0].price * 1.4) if not ppm else dish.sizes[0].price
            session.flush()
            set_policy_of_changes()
            outcomes.append(_policy_asks(DISH_LISTING, dish, DISH_LISTING.values_of(dish), datetime.now(UTC)))
    assert outcomes == [True, False]


def test_time_to_answer_a_refund(app: Flask) -> None:
    place, shopper = restaurant(app), Shopper(app)
    put(app, "aftersales.answer_within", "6", 6)
    order = place.paid(shopper, ("牛肉面", 1))
    place.serve(order)
    assert shopper.post(f"/dining/orders/{order['id']}/refunds", {"reason": "凉了"}).status_code == 201
    with app.app_context(), transaction(SETUP) as session:
        case = session.scalars(select(RefundCase)).one()
        assert case.answer_by - case.asked_at == timedelta(hours=6)


def somebody(session: Any) -> Actor:
    """An administrator with an account, for what belongs to one."""
    return Actor("staff", session.scalars(select(StaffUser.id).order_by(StaffUser.id)).first() or 0, "林建民", ADMIN.roles, EVERYTHING)


def test_exports_at_a_time_and_how_long_they_are_kept(app: Flask) -> None:
    put(app, "exports.at_a_time", "1", 1)
    put(app, "exports.keep_days", "3", 3)
    now = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
    with app.app_context(), transaction(ADMIN) as session:
        asker = somebody(session)
        ask_export(f"{LIST}audit.entries", {}, title="审计", rows=1, actor=asker, now=now)
        with pytest.raises(TooManyAtOnce):
            ask_export(f"{LIST}audit.entries", {}, title="审计", rows=1, actor=asker, now=now)
        assert session.scalars(select(ExportTask.expires_at)).one() == now + timedelta(days=3)


def test_how_long_imports_are_kept(app: Flask) -> None:
    put(app, "imports.keep_days", "2", 2)
    now = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
    with app.app_context(), transaction(ADMIN) as session:
        take_in(importer_for("reasons", ADMIN), "理由.csv", "理由,英文,用在,排在第几\n照片不清楚,,,1\n".encode(), actor=somebody(session), now=now)
        assert session.scalars(select(ImportTask.expires_at)).one() == now + timedelta(days=2)


def test_how_long_drafts_are_kept(app: Flask) -> None:
    put(app, "workspace.draft_days", "1", 1)
    now = datetime.now(UTC)
    with app.app_context(), transaction(ADMIN) as session:
        writer = somebody(session)
        for number, hours in enumerate((23, 25)):
            keep_draft("forms.fields", number, {"a": ["b"]}, actor=writer, now=now - timedelta(hours=hours))
    with app.app_context():
        forget_old_drafts()
    with app.app_context(), transaction(ADMIN) as session:
        assert session.scalars(select(Draft.record_id)).all() == [0]


def test_how_long_an_invitation_opens(app: Flask) -> None:
    put(app, "parties.invitation_hours", "5", 5)
    now = datetime.now(UTC)
    with app.app_context(), transaction(ADMIN) as session:
        invite(None, username="new-one", last_name="林", first_name="新", roles=["Reviewer"], actor=ADMIN, now=now)
        assert session.scalars(select(Invitation.expires_at)).one() == now + timedelta(hours=5)


def test_the_longest_look_as_somebody_else(app: Flask) -> None:
    with app.app_context(), transaction(ADMIN):
        assert lengths() == [15, 30, 60]
    put(app, "parties.viewing_most", "45", 45)
    with app.app_context(), transaction(ADMIN):
        assert lengths() == [15, 30, 45]


def test_the_platforms_name_on_its_pages(app: Flask) -> None:
    put(app, "settings.platform_name", "青溪生活", "青溪生活")
    assert "登录青溪生活" in app.test_client().get("/sign-in/").get_data(as_text=True)
    page = staff(app, "Operator").get("/settings/").get_data(as_text=True)
    assert "<title>平台设置 · 青溪生活</title>" in page


def test_a_text_is_stored_as_text(app: Flask) -> None:
    put(app, "settings.platform_name", "<b>百业</b>", "<b>百业</b>")
    page = app.test_client().get("/sign-in/").get_data(as_text=True)
    assert "<b>百业</b>" not in page and "&lt;b&gt;百业&lt;/b&gt;" in page
    with app.app_context(), transaction(SETUP) as session:
        assert session.scalar(select(func.count()).select_from(SettingVersion)) == 1

"""Notices reach exactly those whom they mean, in their language and in the words of staff; text messages go out once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core.actors import EVERYTHING, Actor, system
from app.extensions import db
from app.framework.database import enter_scope, lock, save, transaction
from app.framework.flow import move
from app.framework.notices import Happening, Variable
from app.framework.queue import run_waiting
from app.kernel.aftersales.operations import refund_lines
from app.kernel.exports.models import ExportTask
from app.kernel.listings.kinds import listing_kinds
from app.kernel.notices import jobs
from app.kernel.notices.jobs import text_notice
from app.kernel.notices.models import NoticeTemplate
from app.kernel.notices.queries import kinds
from app.kernel.notices.rules import UnknownVariable, VariableMissing, check_words, filled
from app.kernel.orders.models import Order
from app.kernel.parties.channels.sms import SmsUnavailable
from app.kernel.parties.models import StaffUser
from app.kernel.parties.operations.invitations import accept, invite
from app.kernel.settlement.models import Cycle, Statement
from app.kernel.workspace.models import Notice
from app.kernel.workspace.operations.notes import forget_old_notices
from app.verticals.dining.models import Dish
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
PERSON = {"username": "chenxin", "last_name": "陈", "first_name": "新"}


@pytest.fixture
def place(app: Flask) -> Restaurant:
    """A restaurant, and beside it another one whose people must never hear of it."""
    restaurant(app, "别家")
    return restaurant(app)


def told(app: Flask) -> list[tuple[str, str, str]]:
    """(username, title, words) of every notice."""
    with app.app_context():
        enter_scope(EVERYTHING)
        statement = select(StaffUser.username, Notice.title, Notice.words).join(StaffUser, StaffUser.id == Notice.user_id)
        return [tuple(row) for row in db.session.execute(statement.where(Notice.kind != "").order_by(Notice.id))]


def names(place: Restaurant, *roles: str) -> set[str]:
    return {place.house.members[role] for role in roles}


def template(app: Flask, kind: str) -> dict[str, Any]:
    with app.app_context(), transaction(SETUP) as session:
        found = session.scalars(select(NoticeTemplate).where(NoticeTemplate.kind == kind)).one()
        return {name: getattr(found, name) for name in ("id", "version", "heading_zh", "text_zh", "text_en", "active")}


def dish(app: Flask, place: Restaurant, name: str, **answers: Any) -> None:
    with app.app_context(), transaction(SETUP) as session:
        found = session.scalars(select(Dish).where(Dish.merchant_id == place.house.merchant_id).order_by(Dish.id)).first()
        move(found, name, actor=system("desk"), now=NOW, **answers)


# ---- who is told what ------------------------------------------------------------------------------------------------

def test_every_kind_follows_an_act_that_exists_and_its_words_name_its_variables(app: Flask) -> None:
    with app.app_context():
        manifests = app.extensions["manifests"]
        acts = {f"{flow.name}.{step.name}" for manifest in manifests for flow in manifest.flows for step in flow.moves}
        acts |= {act for manifest in manifests for act in manifest.words}
        acts |= {f"{listed.model.__flow__.name}.change_rejected" for listed in listing_kinds().values()}
        for kind in kinds().values():
            assert set(kind.after) <= acts, kind.name
            check_words(str(kind.heading), kind.variables, field="heading", required=False)
            check_words(str(kind.text), kind.variables, field="text", required=False)
            assert kind.name in {each.name for manifest in manifests for each in manifest.notices if kind.name.startswith(manifest.name)}


def test_a_refused_dish_is_told_to_those_who_run_the_restaurant_and_leads_to_it(app: Flask, place: Restaurant) -> None:
    dish(app, place, "recall", reason="看一下图片")
    assert {(who, title) for who, title, _words in told(app)} == {(who, "“鲜虾粥”停售，等重新审核") for who in names(place, "Owner", "Manager")}
    dish(app, place, "reject", reason="图片和菜名不符")
    newest = told(app)[-1]
    assert newest[1:] == ("“鲜虾粥”未通过审核", "老巷子砂锅粥的“鲜虾粥”未通过：图片和菜名不符。改好后会再送审，也可以申诉。")
    owner = sign_in(app, place.house.members["Owner"])
    page = owner.get("/messages/").get_data(as_text=True)
    assert "“鲜虾粥”未通过审核" in page and "提到你" not in page.split('class="by-messages"')[1]
    key = re.findall(r'action="/messages/(\d+)"', page)[0]
    opened = owner.post(f"/messages/{key}")
    assert opened.headers["Location"].startswith("/dining/menu/dish/")
    assert owner.get(opened.headers["Location"]).status_code == 200
    assert "鲜虾粥" not in sign_in(app, place.house.members["Cashier"]).get("/messages/").get_data(as_text=True)


def test_a_customer_who_asks_for_money_back_is_heard_by_the_front_and_a_refund_given_unasked_is_no_news(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app, "li")
    order = place.paid(shopper, ("鲜虾粥", 1))
    asked = shopper.post(f"/dining/orders/{order['id']}/refunds", {"reason": "少送了一份"})
    assert asked.status_code == 201, asked.json
    assert set(told(app)) == {
        (who, "顾客申请退款 ¥19.00", f"订单 {order['number']} 申请退款 ¥19.00：少送了一份") for who in names(place, "Owner", "Manager", "Cashier")
    }
    other = place.paid(shopper, ("鲜虾粥", 1))
    with app.app_context(), transaction(SETUP) as session:
        found = session.get_one(Order, other["id"])
        refund_lines(found, {found.lines[0].id: 100}, reason="赔一点", actor=place.house.actor, now=NOW)
    assert len(told(app)) == 3


def test_a_statement_is_told_to_the_other_finance_people_and_then_to_the_owner(app: Flask, place: Restaurant) -> None:
    staff(app, "Finance", "finance")
    staff(app, "Finance", "finance2")
    with app.app_context(), transaction(SETUP) as session:
        maker = session.scalars(select(StaffUser).where(StaffUser.username == "finance")).one()
        actor = Actor("staff", maker.id, "孙静", frozenset({"Finance"}), EVERYTHING)
        cycle = save(Cycle(number="C1", trade="dining", day=NOW.date(), watermark=0, started_at=NOW))
        statement = save(Statement(
            number="S1", cycle_id=cycle.id, merchant_id=place.house.merchant_id, trade="dining", day=NOW.date(), watermark=0,
        ))
        due = Statement(number="S2", merchant_id=place.house.merchant_id, day=NOW.date(), payable=1250)
        for kind in ("settlement.frozen", "settlement.paid"):
            assert kinds()[kind].tell(due, Happening("", "", actor)).values["amount"] == "¥12.50"
        told_of = kinds()["settlement.failed"].tell(due, Happening("", "户名不符", actor))
        assert (told_of.merchant_id, told_of.roles, told_of.values["reason"]) == (place.house.merchant_id, {"Owner"}, "户名不符")
        move(statement, "freeze", actor=actor, now=NOW)
    assert told(app) == [("finance2", "账单等你审批：¥0.00", "账单 S1 已冻结，应付 ¥0.00，要另一个人审批。")]


def test_an_accepted_invitation_is_told_to_the_owner_only(app: Flask, place: Restaurant) -> None:
    with app.app_context(), transaction(SETUP) as session:
        from app.kernel.parties.models import Merchant

        offer = invite(session.get_one(Merchant, place.house.merchant_id), roles=["Cashier"], actor=place.house.actor, now=datetime.now(UTC), **PERSON)
        accept(offer.link.rpartition("/")[2], "a quiet river 9", address="", now=datetime.now(UTC))
    assert told(app) == [(place.house.members["Owner"], "陈新加入了", "陈新接受了邀请，身份是收银。")]


def test_an_export_is_told_to_who_asked_for_it(app: Flask, place: Restaurant) -> None:
    with app.app_context(), transaction(SETUP) as session:
        user = session.scalars(select(StaffUser).where(StaffUser.username == place.house.members["Cashier"])).one()
        task = save(ExportTask(
            user_id=user.id, merchant_id=place.house.merchant_id, source="list", title="点餐订单", shape="csv", size=1, locale="zh", expires_at=NOW,
            key="k", asked_by="许小雨",
        ))
        move(task, "start", actor=system("worker"), now=NOW)
        task.rows_done = 1234
        move(task, "finish", actor=system("worker"), now=NOW)
    assert told(app) == [(place.house.members["Cashier"], "导出好了：点餐订单.csv", "点餐订单.csv，1,234 行，可以下载了。")]


def test_everybody_reads_a_notice_in_their_own_language(app: Flask, place: Restaurant) -> None:
    with app.app_context(), transaction(SETUP) as session:
        session.scalars(select(StaffUser).where(StaffUser.username == place.house.members["Manager"])).one().locale = "en"
    dish(app, place, "recall", reason="看图片")
    words = {who: words for who, _title, words in told(app)}
    assert words[place.house.members["Owner"]] == "老巷子砂锅粥的“鲜虾粥”要重新审核：看图片。通过前不出售。"
    assert words[place.house.members["Manager"]] == "“鲜虾粥” of 老巷子砂锅粥 is to be reviewed again: 看图片. It is off sale until then."


def test_a_rolled_back_act_tells_nobody(app: Flask, place: Restaurant) -> None:
    with pytest.raises(ZeroDivisionError), app.app_context(), transaction(SETUP) as session:
        move(session.scalars(select(Dish).where(Dish.merchant_id == place.house.merchant_id)).first(), "recall", actor=SETUP, now=NOW, reason="看")
        raise ZeroDivisionError
    assert told(app) == []


# ---- words that staff change -----------------------------------------------------------------------------------------

def form_of(browser: Any, address: str) -> dict[str, str]:
    page = browser.get(address).get_data(as_text=True)
    found = dict(re.findall(r'<input class="by-input"[^>]*?name="(\w+)"[^>]*?value="([^"]*)"', page))
    found |= {name: words.strip() for name, words in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', page, re.DOTALL)}
    return {"active": "y", "version": re.findall(r'name="version" value="(\d+)"', page)[0], **found}


def test_staff_change_words_see_them_in_the_next_notice_and_put_them_back(app: Flask, place: Restaurant) -> None:
    operator = staff(app, "Operator")
    kind = template(app, "dining.dish_recalled")
    address = f"/notices/{kind['id']}/edit"
    typed = form_of(operator, address)
    assert typed["text_zh"] == "{shop}的“{dish}”要重新审核：{reason}。通过前不出售。"
    assert operator.post(address, data={**typed, "text_zh": "请看：{dish}，{reason}"}).status_code == 303
    assert template(app, "dining.dish_recalled") | {"version": 0} == {
        "id": kind["id"], "version": 0, "heading_zh": "", "text_zh": "请看：{dish}，{reason}", "text_en": "", "active": True,
    }
    dish(app, place, "recall", reason="看图片")
    assert {words for _who, _title, words in told(app)} == {"请看：鲜虾粥，看图片"}
    page = operator.get(f"/notices/{kind['id']}").get_data(as_text=True)
    assert "请看：鲜虾粥，图片和菜名不符" in page
    back = re.findall(rf"/notices/{kind['id']}/put-back/\d+", page)[0]
    looked = operator.get(back).get_data(as_text=True)
    assert "请看：{dish}，{reason}" in looked and "原来的话" in looked
    version = re.findall(r'name="version" value="(\d+)"', looked)[0]
    assert operator.post(back, data={"version": version}).status_code == 303
    assert template(app, "dining.dish_recalled")["text_zh"] == ""


@pytest.mark.parametrize(("part", "words", "says"), [
    ("text_zh", "{dish} {price}", "没有 {price} 这个变量，能用的是：{shop} {dish} {reason}"),
    ("text_zh", "菜被送回了", "要写上 {dish}（菜名），收到的人不能没有它"),
    ("text_en", "{dish.shop.__class__}", "没有 {dish.shop.__class__} 这个变量"),
    ("heading_zh", "长" * 61, "最多 60 个字"),
])
def test_words_that_would_not_do_are_refused_beside_their_field(app: Flask, part: str, words: str, says: str) -> None:
    operator = staff(app, "Operator")
    before = template(app, "dining.dish_recalled")
    address = f"/notices/{before['id']}/edit"
    answer = operator.post(address, data={**form_of(operator, address), part: words})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and says in page.replace("&#39;", "'") and f'id="{part}-error"' in page
    assert template(app, "dining.dish_recalled") == before


def test_the_preview_fills_in_samples_and_says_what_is_wrong(app: Flask) -> None:
    operator = staff(app, "Operator")
    key = template(app, "dining.dish_recalled")["id"]
    asked = {"heading_zh": "看：{dish}", "text_zh": "{dish} {price}", "heading_en": "", "text_en": ""}
    part = operator.get(f"/notices/{key}/preview", query_string=asked, headers={"X-Requested-With": "fetch"}).get_data(as_text=True)
    assert "看：鲜虾粥" in part and "鲜虾粥 {price}" in part and "没有 {price} 这个变量" in part and "<html" not in part
    assert "<html" in operator.get(f"/notices/{key}/preview", query_string=asked).get_data(as_text=True)


def test_a_kind_that_is_switched_off_tells_nobody(app: Flask, place: Restaurant) -> None:
    operator = staff(app, "Operator")
    address = f"/notices/{template(app, 'dining.dish_recalled')['id']}/edit"
    typed = form_of(operator, address)
    del typed["active"]
    assert operator.post(address, data=typed).status_code == 303
    dish(app, place, "recall", reason="看图片")
    assert told(app) == []


def test_only_operators_and_administrators_word_notices(app: Flask, place: Restaurant) -> None:
    for browser in (staff(app, "Reviewer"), staff(app, "Finance"), sign_in(app, place.house.members["Owner"])):
        assert browser.get("/notices/").status_code == 403
    assert "菜品被送回重审" in staff(app, "Admin").get("/notices/").get_data(as_text=True)


def test_values_are_never_read_as_variables() -> None:
    assert filled("{a} {b} {", {"a": "{b}", "b": "2"}) == "{b} 2 {"
    with pytest.raises(UnknownVariable):
        check_words("{}", (Variable("a", "a", "1"),), field="x", required=False)
    with pytest.raises(VariableMissing):
        check_words("", (Variable("a", "a", "1", required=True),), field="x", required=True)


# ---- text messages ---------------------------------------------------------------------------------------------------

class Provider:
    """Takes messages, or refuses the first ones."""

    def __init__(self, refuses: int = 0) -> None:
        self.sent: list[tuple[str, str, dict[str, str]]] = []
        self.refuses = refuses

    def send(self, phone: str, template: str, **params: str) -> str:
        if self.refuses:
            self.refuses -= 1
            raise SmsUnavailable
        self.sent.append((phone, template, params))
        return "1"


def test_who_left_a_phone_gets_one_text_message_also_when_the_provider_falters(app: Flask, place: Restaurant, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context(), transaction(SETUP) as session:
        session.scalars(select(StaffUser).where(StaffUser.username == place.house.members["Owner"])).one().phone = "13800138000"
        from app.verticals.dining.models import Shop

        shop = session.scalars(select(Shop).where(Shop.merchant_id == place.house.merchant_id)).one()
        move(shop, "take_off", actor=system("clock"), now=NOW, reason="许可证过期")
    provider = Provider(refuses=1)
    monkeypatch.setattr(jobs, "sms", lambda _app: provider)
    with pytest.raises(SmsUnavailable):
        run_waiting(app, only="text_notice")
    assert provider.sent == []
    with app.app_context():
        enter_scope(EVERYTHING)
        [key] = db.session.scalars(text("SELECT id FROM workspace_notice WHERE user_id = (SELECT id FROM ab_user WHERE phone = '13800138000')"))
    for _time in range(2):
        with app.app_context():
            text_notice(key)
    assert provider.sent == [("13800138000", "notice", {"title": "老巷子砂锅粥已被平台下架", "words": "老巷子砂锅粥现在不能接单：许可证过期"})]
    assert len(told(app)) == 2


def test_old_messages_go_after_their_days(app: Flask, place: Restaurant) -> None:
    dish(app, place, "recall", reason="看图片")
    with app.app_context(), transaction(SETUP) as session:
        first = session.scalars(select(Notice).order_by(Notice.id)).first()
        lock(Notice, first.id).created_at = datetime.now(UTC) - timedelta(days=181)
    with app.app_context():
        forget_old_notices()
    assert len(told(app)) == 1

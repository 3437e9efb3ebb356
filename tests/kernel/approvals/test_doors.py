"""The way of a newcomer through the pages, the reviewer's desk, and who is turned away."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql

from app.core import clock
from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework import events
from app.framework.database import enter_scope, transaction
from app.kernel.approvals.models import Application, Case, Document
from app.kernel.approvals.operations.library import add_reason
from app.kernel.approvals.operations.reviewing import claim_case
from app.kernel.approvals.queries import reasons_for
from app.kernel.forms.operations import define_field
from app.kernel.parties.models import Merchant
from tests.kernel.approvals.conftest import COMPANY, SECOND, handed_in
from tests.support.people import PASSWORD, SETUP, merchant, sign_in, staff
from tests.support.pictures import PDF, picture

NEWCOMER = {
    "name": "老灶台家常菜", "trade": "dining", "last_name": "周", "first_name": "建华", "phone": "13800138000", "username": "laozaotai", "password": PASSWORD,
}


@pytest.fixture(autouse=True)
def deaf_trade(monkeypatch):
    """The trade's own handler of an admission is not the subject here."""
    monkeypatch.setitem(events._handlers, "merchant_admitted", [])


def text(answer) -> str:
    return answer.get_data(as_text=True)


def newest_code(app) -> str:
    """The six digits on their way to the provider."""
    with app.app_context():
        statement = sql("SELECT args ->> 'code' FROM procrastinate_jobs WHERE task_name = 'send_text_message' ORDER BY id DESC LIMIT 1")
        return db.session.execute(statement).scalar_one()


def newest_code_in(app, page: str) -> bool:
    return newest_code(app) in page


def joining_code(app, browser, phone: str = NEWCOMER["phone"]) -> str:
    """Ask for a code on the page; the digits that the phone got."""
    assert browser.post("/join/", data={"phone": phone, "send": "1"}).status_code == 200
    return newest_code(app)


def merchants(app) -> list[str]:
    with app.app_context():
        enter_scope(EVERYTHING)
        return list(db.session.scalars(select(Merchant.name)))


def paper(kind: str, content: bytes = b"", name: str = "paper.jpg", **more):
    return {"kind": kind, "file": (io.BytesIO(content or picture()), name), **more}


@pytest.mark.covers("dining.S1", "dining.E1")
def test_a_newcomer_joins_applies_and_is_admitted(app):
    with app.app_context(), transaction(SETUP):
        define_field("dining.application", "kitchen_area", kind="number", label_zh="后厨面积", required=True, actor=SETUP, now=clock.now())
    browser = app.test_client()
    assert "营业执照" in text(browser.get("/join/"))
    assert browser.post("/join/", data={**NEWCOMER, "code": joining_code(app, browser)}).status_code == 303
    owner = sign_in(app, "laozaotai")
    began = owner.get("/application/")
    assert began.headers["Location"].endswith("/application/dining/company")
    page = text(owner.get("/application/dining/company"))
    assert "后厨面积" in page
    assert "统一社会信用代码" in page
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    wrong = owner.post("/application/dining/company", data={**COMPANY, "credit_code": "91330106MA2XK7QT3O", "answers.kitchen_area": "四十", "version": version})
    assert wrong.status_code == 422
    assert "写数字" in text(wrong)
    kept = owner.post("/application/dining/company", data={**COMPANY, "answers.kitchen_area": "", "version": version, "stay": "1"})
    assert kept.status_code == 303
    assert "6222020000001233307" not in text(owner.get("/application/dining/company"))
    assert "**** 3307" in text(owner.get("/application/dining/company"))

    assert owner.post("/application/dining/papers", data=paper("business_licence")).status_code == 303
    refused = owner.post("/application/dining/papers", data=paper("food_permit", PDF, "permit.pdf"))
    assert (refused.status_code, "填写有效期至哪一天" in text(refused)) == (422, True)
    early = owner.post("/application/dining/submit")
    assert early.status_code == 422
    assert "还缺食品经营许可证" in text(early)
    assert "填写后厨面积" in text(early)
    assert owner.post("/application/dining/papers", data=paper("food_permit", PDF, "permit.pdf", expires_on="2031-01-01")).status_code == 303
    assert owner.post("/application/dining/company", data={**COMPANY, "answers.kitchen_area": "40"}).status_code == 303
    assert owner.post("/application/dining/submit").status_code == 303
    standing = text(owner.get("/application/dining/"))
    assert "审核中" in standing
    assert "在排队等审核" in standing

    reviewer = staff(app, "Reviewer")
    desk = text(reviewer.get("/review/"))
    assert "老灶台家常菜" in desk
    claimed = reviewer.post("/review/next")
    page = text(reviewer.get(claimed.headers["Location"]))
    assert "校验位通过" in page
    assert "后厨面积" in page
    assert "周建华" not in page.split("data-review", 1)[1].split("经过")[0]
    key = re.search(r"case=(\d+)", claimed.headers["Location"])[1]
    picture_link = re.search(r'data-doc src="([^"]+)"', page)[1]
    assert reviewer.get(picture_link).mimetype == "image/jpeg"
    assert "周建华" in text(reviewer.post(f"/review/{key}/reveal"))
    done = reviewer.post(f"/review/{key}/decide", data={"decision": "approve", "version": re.search(r'name="version" value="(\d+)"', page)[1]})
    assert done.status_code == 303
    assert "已通过，可以开店" in text(owner.get("/application/dining/"))
    with app.app_context():
        enter_scope(EVERYTHING)
        admitted = db.session.scalars(select(Merchant).where(Merchant.name == "老灶台家常菜")).one()
        assert (admitted.status, admitted.trades) == ("open", ["dining"])


@pytest.mark.parametrize(("changes", "says"), [
    ({"password": "12345"}, "密码"), ({"phone": "123"}, "手机号不对"), ({"username": "a b"}, "账号用字母"), ({"name": ""}, "填写店名"),
    ({"trade": "nothing"}, ""), ({"code": ""}, "填写短信验证码"), ({"code": "12345"}, "验证码是 6 位数字"),
])
def test_joining_refuses_what_does_not_fit_and_makes_nothing(app, changes, says):
    browser = app.test_client()
    answer = browser.post("/join/", data={**NEWCOMER, "code": joining_code(app, browser), **changes})
    assert answer.status_code == 422
    assert says in text(answer)
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.scalars(select(Merchant)).all() == []


def test_a_name_that_is_taken_leaves_no_half_made_merchant(app):
    browser = app.test_client()
    assert browser.post("/join/", data={**NEWCOMER, "code": joining_code(app, browser)}).status_code == 303
    other = {**NEWCOMER, "name": "另一家", "phone": "13900139000"}
    other["code"] = joining_code(app, browser, other["phone"])
    again = browser.post("/join/", data=other)
    assert (again.status_code, "已经有人用了" in text(again)) == (409, True)
    with app.app_context():
        enter_scope(EVERYTHING)
        assert [each.name for each in db.session.scalars(select(Merchant))] == ["老灶台家常菜"]
    assert browser.post("/join/", data={**other, "username": "another"}).status_code == 303  # the code was not spent


def test_the_phones_code_is_asked_for_without_losing_what_was_typed(app, monkeypatch):
    monkeypatch.setitem(app.config, "DEMO", False)
    sent = app.test_client().post("/join/", data={**NEWCOMER, "send": "1"})
    page = text(sent)
    assert sent.status_code == 200
    assert "138****8000" in page
    assert all(f'value="{NEWCOMER[name]}"' in page for name in ("name", "last_name", "first_name", "phone", "username"))
    assert PASSWORD not in page
    assert newest_code(app) not in page
    assert merchants(app) == []


def test_the_sandbox_shows_the_code_on_the_page_of_the_demo_alone(app, monkeypatch):
    monkeypatch.setitem(app.config, "DEMO", True)
    monkeypatch.setitem(app.config, "SMS_URL", "http://127.0.0.1:8090")
    assert newest_code_in(app, text(app.test_client().post("/join/", data={"phone": "13800138000", "send": "1"})))
    monkeypatch.setitem(app.config, "SMS_URL", "https://sms.example.com")
    assert not newest_code_in(app, text(app.test_client().post("/join/", data={"phone": "13800138001", "send": "1"})))


def test_a_code_is_sent_once_a_minute_and_to_a_phone(app):
    browser = app.test_client()
    assert browser.post("/join/", data={**NEWCOMER, "phone": "123", "send": "1"}).status_code == 422
    joining_code(app, browser)
    again = browser.post("/join/", data={**NEWCOMER, "send": "1"})
    assert (again.status_code, "验证码发得太频繁" in text(again), NEWCOMER["username"] in text(again)) == (429, True, True)
    assert merchants(app) == []


def test_five_wrong_codes_spend_the_code_and_nothing_is_made(app):
    browser = app.test_client()
    code = joining_code(app, browser)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        answer = browser.post("/join/", data={**NEWCOMER, "code": wrong})
        assert (answer.status_code, "验证码不对或已过期" in text(answer)) == (401, True)
    assert browser.post("/join/", data={**NEWCOMER, "code": code}).status_code == 401
    assert merchants(app) == []


def test_a_code_for_joining_signs_nobody_in_and_another_phones_code_is_worth_nothing(app):
    browser = app.test_client()
    code = joining_code(app, browser)
    assert browser.post("/api/v1/sign-in/phone", json={"phone": "13800138000", "code": code}).status_code == 401
    assert browser.post("/join/", data={**NEWCOMER, "phone": "13900139000", "code": code}).status_code == 401
    assert browser.post("/join/", data={**NEWCOMER, "code": code}).status_code == 303


def test_the_applicant_reads_the_question_on_the_page_and_at_home(app, house):
    key = handed_in(app, house)
    with app.app_context(), transaction(SETUP):
        code = add_reason(sentence="照片太暗，重拍", actor=SETUP, now=clock.now()).code
    reviewer, owner = staff(app, "Reviewer"), sign_in(app, house.members["Owner"])
    reviewer.post(f"/review/{key}/claim")
    empty = reviewer.post(f"/review/{key}/decide", data={"decision": "ask"})
    assert (empty.status_code, "填写原因" in text(empty)) == (422, True)
    assert reviewer.post(f"/review/{key}/decide", data={"decision": "ask", "code": code, "reason": "门头要拍到招牌"}).status_code == 303
    for address in ("/application/dining/", "/"):
        assert "照片太暗，重拍；门头要拍到招牌" in text(owner.get(address))
    assert "要补件" in text(owner.get("/application/dining/"))


def test_the_desk_keeps_two_reviewers_apart(app, house):
    key = handed_in(app, house)
    with app.app_context(), transaction(SECOND):
        claim_case(key, actor=SECOND, now=clock.now())
    reviewer = staff(app, "Reviewer")
    page = text(reviewer.get(f"/review/?case={key}"))
    assert "周敏 正在审" in page
    assert 'name="decision"' not in page
    assert reviewer.post(f"/review/{key}/claim").status_code == 409
    decided = reviewer.post(f"/review/{key}/decide", data={"decision": "approve"})
    assert (decided.status_code, "先领取再决定" in text(decided)) == (409, True)
    assert reviewer.post(f"/review/{key}/reveal").status_code == 409
    assert reviewer.post(f"/review/{key}/decide", data={"decision": "burn"}).status_code == 422


def test_a_decision_on_an_older_version_shows_the_newer_one(app, house):
    key = handed_in(app, house)
    reviewer = staff(app, "Reviewer")
    reviewer.post(f"/review/{key}/claim")
    answer = reviewer.post(f"/review/{key}/decide", data={"decision": "approve", "version": "1"})
    assert answer.status_code == 409
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.get(Case, key).status == "claimed"


def test_an_empty_desk_says_so(app):
    reviewer = staff(app, "Reviewer")
    assert "队列空了" in text(reviewer.get("/review/"))
    assert reviewer.post("/review/next").status_code == 303
    assert reviewer.get("/review/?case=999").status_code == 404
    assert reviewer.get("/review/?case=x").status_code == 404


def test_lists_and_cards_of_staff(app, house):
    key = handed_in(app, house)
    reviewer, operator = staff(app, "Reviewer"), staff(app, "Operator")
    for address in ("/cases/", f"/cases/{key}", "/applications/", "/applications/1", "/documents/", "/documents/1", "/review-reasons/", "/review-policies/"):
        answer = reviewer.get(address)
        assert answer.status_code == 200, f"{address}\n{text(answer)[:600]}"
    assert "等审核" in text(reviewer.get("/"))
    assert reviewer.get("/review-policies/new").status_code == 403
    policy = {"kind": "dining.application", "mode": "all", "minutes": "60", "young_days": "30", "sample_ppm": "5", "words": "甲 乙"}
    made = operator.post("/review-policies/new", data=policy)
    assert made.status_code == 303, text(made)
    assert operator.get(made.headers["Location"] + "/edit").status_code == 200
    shorter = {"mode": "all", "minutes": "45", "young_days": "30", "sample_ppm": "0", "words": "甲"}
    assert operator.post(made.headers["Location"] + "/edit", data=shorter).status_code == 303
    reason = reviewer.post("/review-reasons/new", data={"sentence": "补授权书", "kind": "", "position": "3", "active": "y"})
    assert reason.status_code == 303, text(reason)
    reviewer.post(f"/review/{key}/claim")
    assert "补授权书" in text(reviewer.get(f"/review/?case={key}"))


@pytest.mark.covers("dining.E1")
def test_an_owner_renews_a_document_by_the_page(app, house):
    key = handed_in(app, house)
    reviewer, owner = staff(app, "Reviewer"), sign_in(app, house.members["Owner"])
    reviewer.post(f"/review/{key}/claim")
    assert reviewer.post(f"/review/{key}/decide", data={"decision": "approve"}).status_code == 303
    with app.app_context():
        enter_scope(EVERYTHING)
        permit = db.session.scalars(select(Document.id).where(Document.kind == "food_permit")).one()
    assert "换新证" in text(owner.get(f"/documents/{permit}"))
    assert owner.get(f"/documents/{permit}/renew").status_code == 200
    late = owner.post(f"/documents/{permit}/renew", data={"file": (io.BytesIO(PDF), "p.pdf"), "expires_on": "2020-01-01"})
    assert (late.status_code, "已过期" in text(late)) == (422, True)
    assert owner.post(f"/documents/{permit}/renew", data={"file": (io.BytesIO(PDF), "p.pdf"), "expires_on": "2032-01-01"}).status_code == 303
    assert "点餐换证" in text(reviewer.get("/review/"))


def test_others_are_turned_away(app, house):
    key = handed_in(app, house)
    other = merchant(app, "另一家", admitted=False)
    stranger, owner = sign_in(app, other.members["Owner"]), sign_in(app, house.members["Owner"])
    manager, cashier, reviewer = sign_in(app, house.members["Manager"]), sign_in(app, house.members["Cashier"]), staff(app, "Reviewer")
    for address in ("/review/", "/cases/", f"/cases/{key}", "/applications/", "/review-reasons/"):
        assert [owner.get(address).status_code, app.test_client().get(address).status_code] == [403, 302], address
    for address in (f"/review/{key}/claim", f"/review/{key}/decide", f"/review/{key}/release", f"/review/{key}/reveal", "/review/next"):
        assert owner.post(address, data={"decision": "approve"}).status_code == 403, address
    assert "老灶台" not in text(stranger.get("/application/dining/company"))
    assert stranger.get("/documents/1").status_code == 404
    assert stranger.post("/documents/1/renew", data={"file": (io.BytesIO(PDF), "p.pdf")}).status_code == 404
    assert "JY23301060098812" not in text(stranger.get("/documents/"))
    assert stranger.post("/application/dining/papers/1/remove").status_code == 404
    assert stranger.post("/application/dining/take-back").status_code in {404, 409}
    assert manager.get("/application/dining/").status_code == 200
    assert manager.post("/application/dining/submit").status_code == 403
    assert cashier.get("/application/").status_code == 403
    assert reviewer.get("/application/").status_code == 403
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.scalars(select(Application.status).where(Application.merchant_id == house.merchant_id)).one() == "submitted"
        assert db.session.get(Document, 1).status == "pending"


def test_reasons_about_papers_are_offered_for_papers_alone(app):
    with app.app_context():
        enter_scope(EVERYTHING)
        offered = {kind: [each.code for each in reasons_for(kind)] for kind in ("dining.application", "dining.document", "dining.dish")}
    assert offered["dining.dish"] == ["photo_unclear", "forbidden_words"]
    assert offered["dining.application"] == offered["dining.document"]
    assert (len(offered["dining.application"]), offered["dining.application"][-2:]) == (10, ["photo_unclear", "forbidden_words"])


def test_what_a_category_alone_answers_is_asked_kept_and_reviewed(app):
    with app.app_context(), transaction(SETUP):
        define_field(
            "dining.application", "cream_room", kind="number", label_zh="裱花间面积", category="bakery", required=True, actor=SETUP, now=clock.now(),
        )
    house = merchant(app, "甜点屋", admitted=False)
    owner = sign_in(app, house.members["Owner"])
    owner.post("/application/dining/begin")
    page = text(owner.get("/application/dining/company"))
    assert 'data-for-category="bakery"' in page and "糕点店填" in page
    address = "/application/dining/company"
    assert owner.post(address, data={**COMPANY, "category": "hotel"}).status_code == 422
    assert owner.post(address, data={**COMPANY, "category": "", "answers.cream_room": "6"}).status_code == 303
    assert "选业态" in text(owner.post("/application/dining/submit"))

    def kept() -> tuple:
        with app.app_context():
            enter_scope(EVERYTHING)
            return tuple(db.session.execute(select(Application.category, Application.answers).where(Application.merchant_id == house.merchant_id)).one())

    assert kept() == ("", {})
    assert owner.post(address, data={**COMPANY, "category": "bakery", "answers.cream_room": "6"}).status_code == 303
    assert kept() == ("bakery", {"cream_room": 6})
    assert owner.post(address, data={**COMPANY, "category": "restaurant", "answers.cream_room": "6"}).status_code == 303
    assert kept() == ("restaurant", {})
    assert owner.post(address, data={**COMPANY, "category": "bakery", "answers.cream_room": ""}).status_code == 303
    assert "填写裱花间面积" in text(owner.post("/application/dining/submit"))
    assert owner.post(address, data={**COMPANY, "category": "bakery", "answers.cream_room": "8"}).status_code == 303
    assert owner.post("/application/dining/papers", data=paper("business_licence")).status_code == 303
    assert owner.post("/application/dining/papers", data=paper("food_permit", PDF, "permit.pdf", expires_on="2031-01-01")).status_code == 303
    assert owner.post("/application/dining/submit").status_code == 303
    reviewer = staff(app, "Reviewer")
    desk = text(reviewer.get(reviewer.post("/review/next").headers["Location"]))
    assert "糕点店" in desk and "裱花间面积" in desk


def test_a_case_is_found_by_its_number_by_those_who_review(app, house):
    case = handed_in(app, house)
    reviewer, owner = staff(app, "Reviewer"), sign_in(app, house.members["Owner"])
    assert [each["url"] for each in reviewer.get(f"/find/?q=ap{case:06d}").json] == [f"/cases/{case}"]
    assert reviewer.get(f"/find/?q=AP{case + 1:06d}").json == [] == owner.get(f"/find/?q=AP{case:06d}").json

"""An application from draft to admission: what is refused, what a decision makes of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text

from app.core.errors import Conflict, Forbidden, Invalid
from app.extensions import db
from app.framework import events
from app.framework.flow import WrongState
from app.kernel.approvals.models import Application, Case, Document
from app.kernel.approvals.operations import applications, documents
from app.kernel.approvals.operations.applications import save_application, submit_application, take_back_application
from app.kernel.approvals.operations.documents import detach_document
from app.kernel.approvals.operations.reviewing import claim_case, decide, reveal
from app.kernel.approvals.queries import documents_of
from app.kernel.audit.models import AuditEntry
from app.kernel.forms.operations import define_field
from app.kernel.parties.models import Merchant
from tests.kernel.approvals.conftest import COMPANY, NOW, REVIEWER, VALID_UNTIL, attach, begin, fill_in, hand_in
from tests.support.people import SETUP


def decided(case: Case, decision: str, now=NOW, **more) -> Case:
    claim_case(case.id, actor=REVIEWER, now=now)
    return decide(case.id, decision, actor=REVIEWER, now=now, **more)


def test_one_application_for_a_merchant_and_a_trade(unlimited, house):
    assert begin(house).id == begin(house).id
    with pytest.raises(applications.NoSuchTrade):
        applications.start_application(db.session.get(Merchant, house.merchant_id), "nothing", actor=house.actor, now=NOW)


def test_a_draft_is_kept_half_empty_and_personal_data_sealed(unlimited, house):
    typed = {"company": "老灶台", "legal_person": "周建华", "bank_account": "6222 0200 0000 3307"}
    application = save_application(begin(house), typed, {}, actor=house.actor, now=NOW)
    assert (application.status, application.company) == ("draft", "老灶台")
    assert (application.legal_person_masked, application.bank_account_masked) == ("周**", "**** 3307")
    row = db.session.execute(text("SELECT * FROM approval_application")).one()._asdict()
    assert "周建华" not in str(row)
    assert "6222" not in str(row)
    assert "周建华" not in str(db.session.execute(text("SELECT changes FROM audit_entry")).all())
    again = save_application(application, {"company": "老灶台餐饮"}, {}, actor=house.actor, now=NOW)
    assert (again.company, again.legal_person_masked) == ("老灶台餐饮", "周**")


@pytest.mark.parametrize(("field", "value", "says"), [
    ("credit_code", "91330106MA2XK7QT3O", "字母 O"), ("contact_phone", "12345", "手机号"), ("bank_account", "62-22", "8 到 30 位"),
    ("company", "长" * 81, "80"),
])
def test_what_is_filled_in_must_be_right(unlimited, house, field, value, says):
    with pytest.raises(Invalid) as refused:
        save_application(begin(house), {**COMPANY, field: value}, {}, actor=house.actor, now=NOW)
    assert [(each["field"], each["code"]) for each in refused.value.errors] == [(field, "invalid")]
    assert says in refused.value.errors[0]["message"]


def test_an_outdated_form_is_refused(unlimited, house):
    application = begin(house)
    version = application.version
    save_application(application, {"company": "甲"}, {}, actor=house.actor, now=NOW)
    with pytest.raises(Conflict):
        save_application(application, {"company": "乙"}, {}, actor=house.actor, now=NOW, version=version)


def test_handing_in_names_everything_that_is_missing(unlimited, house):
    define_field("dining.application", "kitchen_area", kind="number", label_zh="后厨面积", required=True, actor=SETUP, now=NOW)
    some = {name: COMPANY[name] for name in ("company", "contact_name", "contact_phone")}
    application = save_application(begin(house), some, {}, actor=house.actor, now=NOW)
    attach(application, "business_licence", house)
    with pytest.raises(Invalid) as refused:
        submit_application(application, actor=house.actor, now=NOW)
    assert [(each["field"], each["code"]) for each in refused.value.errors] == [
        ("category", "required"), ("credit_code", "required"), ("legal_person", "required"), ("address", "required"), ("bank_name", "required"),
        ("bank_account", "required"), ("answers.kitchen_area", "required"), ("documents.food_permit", "missing"),
    ]
    assert db.session.execute(select(func.count()).select_from(Case)).scalar_one() == 0
    assert application.status == "draft"


def test_a_permit_that_expired_while_the_draft_lay_is_refused(unlimited, house):
    application = fill_in(begin(house), house, papers=False)
    attach(application, "business_licence", house)
    attach(application, "food_permit", house, expires_on=NOW.date())
    with pytest.raises(Invalid) as refused:
        submit_application(application, actor=house.actor, now=NOW + timedelta(days=2))
    assert [(each["field"], each["code"]) for each in refused.value.errors] == [("documents.food_permit", "expired")]


def test_a_document_needs_its_kind_and_its_date(unlimited, house):
    application = begin(house)
    for kind, more, refusal, field in (
        ("passport", {}, documents.NotDemanded, "kind"), ("food_permit", {}, documents.DocumentNeedsDate, "expires_on"),
        ("food_permit", {"expires_on": date(2026, 11, 22)}, documents.DocumentHasExpired, "expires_on"),
    ):
        with pytest.raises(refusal) as refused:
            attach(application, kind, house, **more)
        assert refused.value.field == field
    assert db.session.execute(select(func.count()).select_from(Document)).scalar_one() == 0


def test_the_only_one_of_its_kind_is_replaced_and_photos_add_up(unlimited, house):
    application = begin(house)
    first, second = attach(application, "business_licence", house), attach(application, "business_licence", house)
    assert (first.status, second.status, second.file.encrypted) == ("replaced", "pending", True)
    photos = [attach(application, "storefront_photo", house) for _ in range(3)]
    assert not photos[0].file.encrypted
    with pytest.raises(documents.TooManyDocuments):
        attach(application, "storefront_photo", house)
    detach_document(photos[0], actor=house.actor, now=NOW)
    assert attach(application, "storefront_photo", house).status == "pending"


def test_what_is_with_the_reviewers_does_not_change(unlimited, house):
    case = hand_in(house)
    application = db.session.get(Application, case.subject_id)
    with pytest.raises(applications.ApplicationLocked):
        save_application(application, COMPANY, {}, actor=house.actor, now=NOW)
    with pytest.raises(documents.DocumentsLocked):
        attach(application, "business_licence", house)
    with pytest.raises(applications.ApplicationLocked):
        submit_application(application, actor=house.actor, now=NOW)
    assert take_back_application(application, actor=house.actor, now=NOW).status == "draft"
    assert case.status == "withdrawn"
    assert submit_application(application, actor=house.actor, now=NOW).id != case.id


def test_handing_in_opens_a_case_with_a_deadline(unlimited, house):
    case = hand_in(house)
    assert (case.kind, case.trade, case.status, case.turn, case.merchant_id) == ("dining.application", "dining", "waiting", 1, house.merchant_id)
    assert case.due_at == NOW + timedelta(hours=2)
    assert case.snapshot["legal_person"] == "周**"
    assert case.snapshot["documents.food_permit"] == "JY23301060098812 2029-03-17"
    assert case.subject_label == "老灶台家常菜"


@pytest.mark.covers("dining.S1", "dining.E1")
def test_approval_admits_once_and_tells_the_trade(unlimited, house, monkeypatch):
    told = []
    monkeypatch.setitem(events._handlers, "merchant_admitted", [lambda **news: told.append(news)])
    case = decided(hand_in(house), "approve")
    application, merchant = db.session.get(Application, case.subject_id), db.session.get(Merchant, house.merchant_id)
    assert (case.status, application.status, merchant.status, merchant.trades) == ("approved", "approved", "open", ["dining"])
    assert {each.kind: each.status for each in documents_of(house.merchant_id, "dining")} == {"business_licence": "valid", "food_permit": "valid"}
    assert [(news["merchant"].id, news["trade"], news["application"].id, news["actor"].name) for news in told] == [
        (house.merchant_id, "dining", application.id, "赵思源"),
    ]
    with pytest.raises(WrongState):
        decide(case.id, "approve", actor=REVIEWER, now=NOW)
    assert len(told) == 1


def test_a_refusal_in_the_trade_undoes_the_whole_approval(app, house, monkeypatch):
    from app.framework.database import transaction

    def refuse(**news):
        raise Conflict

    monkeypatch.setitem(events._handlers, "merchant_admitted", [refuse])
    with app.app_context():
        with transaction(house.actor):
            key = hand_in(house).id
        with pytest.raises(Conflict), transaction(REVIEWER):
            claim_case(key, actor=REVIEWER, now=NOW)
            decide(key, "approve", actor=REVIEWER, now=NOW)
        with transaction(REVIEWER) as session:
            assert session.get(Case, key).status == "waiting"
            assert session.get(Merchant, house.merchant_id).status == "applying"


def test_an_expired_permit_cannot_be_approved(unlimited, house):
    application = fill_in(begin(house), house, papers=False)
    attach(application, "business_licence", house)
    attach(application, "food_permit", house, expires_on=NOW.date())
    case = submit_application(application, actor=house.actor, now=NOW)
    with pytest.raises(Invalid):
        decided(case, "approve", now=NOW + timedelta(days=1))


def test_the_applicant_reads_the_reason_and_hands_in_again(unlimited, house):
    case = decided(hand_in(house), "ask", reason="门头照片太暗，重拍")
    application = db.session.get(Application, case.subject_id)
    assert (case.status, application.status, application.reason) == ("asked", "asked", "门头照片太暗，重拍")
    fill_in(application, house, papers=False, address="青溪镇滨河路 90 号")
    attach(application, "storefront_photo", house)
    again = submit_application(application, actor=house.actor, now=NOW + timedelta(hours=5))
    assert (again.id, again.status, again.turn, again.claimed_by, again.due_at) == (case.id, "waiting", 2, None, NOW + timedelta(hours=7))
    assert again.previous["address"] == "青溪镇滨河路 88 号"
    assert again.snapshot["address"] == "青溪镇滨河路 90 号"
    assert application.reason == ""
    rejected = decided(again, "reject", reason="执照涉嫌造假")
    assert (rejected.status, application.status) == ("rejected", "rejected")
    third = submit_application(application, actor=house.actor, now=NOW)
    assert (third.id != case.id, third.turn, third.previous["address"]) == (True, 3, "青溪镇滨河路 90 号")


@pytest.mark.parametrize("decision", ["ask", "reject"])
def test_a_refusal_needs_a_reason(unlimited, house, decision):
    case = hand_in(house)
    claim_case(case.id, actor=REVIEWER, now=NOW)
    with pytest.raises(Invalid) as refused:
        decide(case.id, decision, actor=REVIEWER, now=NOW, reason="")
    assert refused.value.errors[0]["field"] == "reason"


def test_a_member_cannot_decide(unlimited, house):
    case = hand_in(house)
    with pytest.raises(Forbidden):
        claim_case(case.id, actor=house.actor, now=NOW)


def test_seeing_what_is_masked_leaves_a_line(unlimited, house):
    case = hand_in(house)
    claim_case(case.id, actor=REVIEWER, now=NOW)
    assert reveal(case.id, actor=REVIEWER, now=NOW) == {"legal_person": "周建华", "bank_account": "6222020000001233307"}
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "case.revealed")).one()
    assert (entry.actor_name, entry.subject_id) == ("赵思源", case.id)


def test_the_deadline_of_the_permit_is_kept(unlimited, house):
    hand_in(house)
    assert [each.expires_on for each in documents_of(house.merchant_id, "dining") if each.kind == "food_permit"] == [VALID_UNTIL]

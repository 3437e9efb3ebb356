"""Documents by the calendar: warned, expired, renewed."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import pytest

from app.core import clock
from app.framework import events
from app.framework.database import get, transaction
from app.kernel.approvals.jobs import watch_documents
from app.kernel.approvals.models import Case, Document
from app.kernel.approvals.operations.applications import submit_application
from app.kernel.approvals.operations.documents import DocumentHasExpired, renew_document
from app.kernel.approvals.operations.reviewing import claim_case, decide
from app.kernel.approvals.queries import documents_of, pressing_documents
from tests.kernel.approvals.conftest import REVIEWER, attach, begin, fill_in
from tests.support.people import SETUP
from tests.support.pictures import PDF

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LAST_DAY = date(2027, 3, 17)
AFTER = datetime(2027, 3, 18, 0, 10, tzinfo=UTC)


@pytest.fixture
def told(monkeypatch):
    """Names of the events that trades hear, in order."""
    heard: list[str] = []
    for name in ("document_expired", "document_expiring", "document_renewed"):
        monkeypatch.setitem(events._handlers, name, [lambda name=name, **news: heard.append(f"{name}:{news['document'].kind}:{news['merchant'].name}")])
    monkeypatch.setitem(events._handlers, "merchant_admitted", [])
    return heard


@pytest.fixture
def permit(app, house, told) -> int:
    """The permit of an admitted house, valid until 17 March 2027."""
    with app.app_context():
        with transaction(house.actor):
            application = fill_in(begin(house, START), house, START, papers=False)
            attach(application, "business_licence", house, START)
            key = attach(application, "food_permit", house, START, expires_on=LAST_DAY, number="JY1").id
            case = submit_application(application, actor=house.actor, now=START).id
        with transaction(REVIEWER):
            claim_case(case, actor=REVIEWER, now=START)
            decide(case, "approve", actor=REVIEWER, now=START)
    return key


def status(app, key: int) -> str:
    with app.app_context(), transaction(SETUP) as session:
        return session.get(Document, key).status


def watch(app, moment: datetime) -> int:
    with app.app_context(), clock.at(moment):
        return watch_documents()


@pytest.mark.covers("dining.E1")
def test_a_permit_is_warned_once_thirty_days_before_and_expires_the_day_after(app, house, permit, told):
    thirty = datetime(2027, 2, 15, 0, 10, tzinfo=UTC)
    assert watch(app, thirty - timedelta(days=1)) == 0
    assert (watch(app, thirty), watch(app, thirty)) == (1, 0)
    assert status(app, permit) == "expiring"
    assert watch(app, AFTER - timedelta(days=1)) == 0
    assert (watch(app, AFTER), watch(app, AFTER)) == (1, 0)
    assert status(app, permit) == "expired"
    assert told == ["document_expiring:food_permit:老灶台家常菜", "document_expired:food_permit:老灶台家常菜"]
    with app.app_context(), transaction(house.actor):
        assert pressing_documents(house.merchant_id) == (0, 1)


def test_the_day_is_that_of_shanghai(app, permit):
    assert watch(app, datetime(2027, 3, 17, 15, 59, tzinfo=UTC)) == 1  # 23:59 in Shanghai: warned
    assert status(app, permit) == "expiring"
    assert watch(app, datetime(2027, 3, 17, 16, 0, tzinfo=UTC)) == 1  # midnight
    assert status(app, permit) == "expired"


def test_one_trades_refusal_leaves_other_documents_alone(app, house, permit, monkeypatch):
    def fail(**news):
        raise RuntimeError("the trade's handler is broken")

    monkeypatch.setitem(events._handlers, "document_expired", [fail])
    with pytest.raises(RuntimeError):
        watch(app, AFTER)
    assert status(app, permit) == "valid"


def test_a_renewal_holds_after_approval_and_the_old_one_until_then(app, house, permit, told):
    moment = datetime(2027, 3, 1, tzinfo=UTC)
    watch(app, moment)
    with app.app_context(), transaction(house.actor), pytest.raises(DocumentHasExpired):
        renew_document(get(Document, permit), io.BytesIO(PDF), "p.pdf", expires_on=date(2027, 2, 1), actor=house.actor, now=moment)
    with app.app_context(), transaction(house.actor):
        case = renew_document(get(Document, permit), io.BytesIO(PDF), "p.pdf", expires_on=date(2030, 3, 17), actor=house.actor, now=moment)
        key, new = case.id, case.subject_id
        assert (case.kind, case.snapshot["number"], case.snapshot["expires_on"]) == ("dining.document", "JY1", "2030-03-17")
    assert (status(app, permit), status(app, new)) == ("expiring", "pending")
    with app.app_context(), transaction(REVIEWER):
        claim_case(key, actor=REVIEWER, now=moment)
        decide(key, "approve", actor=REVIEWER, now=moment)
    assert (status(app, permit), status(app, new)) == ("replaced", "valid")
    assert told[-1] == "document_renewed:food_permit:老灶台家常菜"


def test_a_refused_renewal_changes_nothing_about_the_old_one(app, house, permit):
    moment = datetime(2027, 1, 1, tzinfo=UTC)
    with app.app_context(), transaction(house.actor):
        case = renew_document(get(Document, permit), io.BytesIO(PDF), "p.pdf", expires_on=date(2030, 3, 17), actor=house.actor, now=moment)
        key, new = case.id, case.subject_id
    with app.app_context(), transaction(REVIEWER):
        claim_case(key, actor=REVIEWER, now=moment)
        decide(key, "reject", actor=REVIEWER, now=moment, reason="不是新证")
        assert get(Case, key).reason == "不是新证"
    assert (status(app, permit), status(app, new)) == ("valid", "refused")


def test_another_merchants_documents_are_not_there(app, house, permit):
    from tests.support.people import merchant

    other = merchant(app, "另一家")
    with app.app_context(), transaction(other.actor):
        assert documents_of(house.merchant_id, "dining") == []

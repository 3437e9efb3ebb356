"""One reviewer, one case: claims, time-outs, races, policies, the cases of things other than applications."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.actors import EVERYTHING, Actor
from app.core.errors import Conflict
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import WrongState
from app.kernel.approvals.jobs import release_stale_claims
from app.kernel.approvals.models import Case
from app.kernel.approvals.operations import reviewing
from app.kernel.approvals.operations.cases import needs_review, open_case, withdraw_case
from app.kernel.approvals.operations.library import PolicyExists, change_policy, set_policy
from app.kernel.approvals.operations.reviewing import claim_case, claim_next, decide, release_case
from app.kernel.approvals.reviewables import Reviewable
from app.kernel.audit.models import AuditEntry
from app.kernel.parties.models import Merchant
from tests.kernel.approvals.conftest import NOW, REVIEWER, SECOND, hand_in, handed_in
from tests.support.people import SETUP, merchant


def test_two_reviewers_never_hold_one_case(unlimited, house):
    case = claim_case(hand_in(house).id, actor=REVIEWER, now=NOW)
    assert (case.status, case.claimed_by, case.claimed_until) == ("claimed", 901, NOW + timedelta(minutes=15))
    with pytest.raises(reviewing.HeldByAnother) as refused:
        claim_case(case.id, actor=SECOND, now=NOW + timedelta(minutes=14))
    assert "赵思源" in str(refused.value)
    with pytest.raises(reviewing.NotClaimed):
        decide(case.id, "approve", actor=SECOND, now=NOW)
    with pytest.raises(reviewing.HeldByAnother):
        release_case(case.id, actor=SECOND, now=NOW)
    assert claim_case(case.id, actor=SECOND, now=NOW + timedelta(minutes=15)).claimed_by == 902
    with pytest.raises(reviewing.NotClaimed):
        decide(case.id, "approve", actor=REVIEWER, now=NOW + timedelta(minutes=16))


def test_a_decision_needs_the_case_in_hand(unlimited, house):
    with pytest.raises(WrongState):
        decide(hand_in(house).id, "approve", actor=REVIEWER, now=NOW)


def test_forty_reviewers_grab_one_case_and_one_has_it(app, house):
    key = handed_in(app, house)
    results: list[str] = []
    start = threading.Barrier(40)

    def grab(number: int) -> None:
        actor = Actor("staff", number, f"审核员 {number}", frozenset({"Reviewer"}), EVERYTHING)
        start.wait()
        try:
            with app.app_context(), transaction(actor):
                claim_case(key, actor=actor, now=NOW)
            results.append("claimed")
        except reviewing.HeldByAnother:
            results.append("refused")

    threads = [threading.Thread(target=grab, args=(number,)) for number in range(1, 41)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["claimed"] + ["refused"] * 39
    with app.app_context(), transaction(SETUP) as session:
        moves = session.scalars(select(AuditEntry).where(AuditEntry.action == "case.claim")).all()
        assert len(moves) == 1
        assert session.get(Case, key).claimed_by == moves[0].actor_id


def test_reviewers_in_a_hurry_get_different_cases(app):
    keys = {handed_in(app, merchant(app, f"店 {number}", admitted=False)) for number in range(6)}
    taken: list[int | None] = []
    start = threading.Barrier(12)

    def take(number: int) -> None:
        actor = Actor("staff", number, f"审核员 {number}", frozenset({"Reviewer"}), EVERYTHING)
        start.wait()
        with app.app_context(), transaction(actor):
            case = claim_next(actor=actor, now=clock.now())
            taken.append(case.id if case else None)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each for each in taken if each) == sorted(keys)
    assert taken.count(None) == 6


def test_a_claim_left_lying_goes_back_into_the_queue(app, house):
    key = handed_in(app, house)
    moment = clock.now()
    with app.app_context(), transaction(REVIEWER):
        claim_case(key, actor=REVIEWER, now=moment)
    with app.app_context():
        with clock.at(moment + timedelta(minutes=14)):
            assert release_stale_claims() == 0
        with clock.at(moment + timedelta(minutes=15)):
            assert release_stale_claims() == 1
            assert release_stale_claims() == 0
        with transaction(SETUP) as session:
            case = session.get(Case, key)
            assert (case.status, case.claimed_by, case.claimed_until) == ("waiting", None, None)


def test_the_most_urgent_comes_first(unlimited):
    second = hand_in(merchant(unlimited, "晚", admitted=False), NOW + timedelta(minutes=5))
    first = hand_in(merchant(unlimited, "早", admitted=False), NOW)
    assert claim_next(actor=REVIEWER, now=NOW).id == first.id
    assert claim_next(actor=REVIEWER, now=NOW).id == second.id
    assert claim_next(actor=REVIEWER, now=NOW) is None


# ---- things of trades --------------------------------------------------------------------------------------------------------

@pytest.fixture
def signs(app):
    """A reviewable of a trade: the sign of a shop; answers what was decided."""
    told: list[tuple[str, str]] = []
    kind = Reviewable(
        "dining.sign", "招牌", approve=lambda case, **_: told.append(("approve", case.snapshot["text"])),
        reject=lambda case, reason, **_: told.append(("reject", reason)), fields={"text": "文字"}, watched=frozenset({"text"}),
    )
    app.extensions["manifests"] = [
        replace(each, reviewables=(*each.reviewables, kind)) if each.name == "dining" else each for each in app.extensions["manifests"]
    ]
    app.extensions.pop("reviewables", None)
    return told


def test_a_trades_own_thing_passes_the_desk(unlimited, house, signs):
    subject = db.session.get(Merchant, house.merchant_id)

    def show(text: str) -> Case:
        return open_case("dining.sign", subject, {"text": text}, label="招牌", merchant_id=house.merchant_id, actor=house.actor, now=NOW)

    first = show("国家级砂锅")
    assert (first.words, first.subject_type, first.subject_id) == (["国家级"], "party_merchant", house.merchant_id)
    claim_case(first.id, actor=REVIEWER, now=NOW)
    version = first.version
    assert show("老砂锅").id == first.id
    with pytest.raises(Conflict):
        decide(first.id, "approve", actor=REVIEWER, now=NOW, version=version)
    with pytest.raises(reviewing.CannotAsk):
        decide(first.id, "ask", actor=REVIEWER, now=NOW, reason="什么")
    decide(first.id, "approve", actor=REVIEWER, now=NOW, version=first.version)
    second = show("好砂锅")
    assert (second.turn, second.previous, second.words) == (2, {"text": "老砂锅"}, [])
    claim_case(second.id, actor=REVIEWER, now=NOW)
    decide(second.id, "reject", actor=REVIEWER, now=NOW, reason="不像招牌", codes=("not_genuine",))
    assert signs == [("approve", "老砂锅"), ("reject", "不像招牌")]
    assert second.reason_code == "not_genuine"
    assert withdraw_case("dining.sign", subject, actor=house.actor, now=NOW) is None
    assert withdraw_case("dining.sign", show("x") and subject, actor=house.actor, now=NOW).status == "withdrawn"


@pytest.mark.covers("dining.E2")
@pytest.mark.parametrize(("mode", "text", "changed", "is_new", "age", "goes"), [
    ("all", "好", (), False, 400, True), ("risk_words", "好", ("text",), True, 0, False), ("risk_words", "加微信", (), False, 400, True),
    ("risk_words", "招财", (), False, 400, True), ("new_merchants", "好", (), False, 10, True), ("new_merchants", "好", ("text",), True, 40, False),
    ("changed_fields", "好", ("text",), False, 400, True), ("changed_fields", "好", ("stock",), False, 400, False),
    ("changed_fields", "好", (), True, 400, True),
])
def test_the_policy_says_what_goes_to_review(unlimited, house, signs, mode, text, changed, is_new, age, goes):
    set_policy(kind="dining.sign", mode=mode, minutes=30, young_days=30, words=["招财"], actor=SETUP, now=NOW)
    subject = db.session.get(Merchant, house.merchant_id)
    subject.created_at = NOW - timedelta(days=age)
    assert needs_review("dining.sign", subject, snapshot={"text": text}, changed=changed, is_new=is_new, now=NOW) is goes
    case = open_case("dining.sign", subject, {"text": text}, label="招牌", merchant_id=None, actor=SETUP, now=NOW)
    assert case.due_at == NOW + timedelta(minutes=30)


def test_a_kind_has_one_policy(unlimited, signs):
    policy = set_policy(kind="dining.sign", mode="all", minutes=30, young_days=30, words=[], actor=SETUP, now=NOW)
    with pytest.raises(PolicyExists):
        set_policy(kind="dining.sign", mode="all", minutes=30, young_days=30, words=[], actor=SETUP, now=NOW)
    assert change_policy(policy, mode="risk_words", actor=SETUP, now=NOW).mode == "risk_words"

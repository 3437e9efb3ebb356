"""Dishes and their reviewers: what goes to the review desk by policy, and what a decision does to the dish."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor, system
from app.framework.database import elevated, get, lock
from app.framework.flow import move
from app.framework.settings import value_of
from app.kernel.approvals.models import Case
from app.kernel.approvals.operations.cases import needs_review, open_case, withdraw_case
from app.kernel.approvals.reviewables import Fact, Paper, Presentation, Reviewable
from app.kernel.approvals.rules import RISK_WORDS
from app.kernel.files.links import public_address
from app.kernel.parties.models import Merchant
from app.verticals.dining.menu_rules import FOOD_RISK_WORDS, WATCHED, watched_changes
from app.verticals.dining.menu_values import readable, snapshot, values_of_dish
from app.verticals.dining.models import Dish

KIND = "dining.dish"
FIELDS = {"name": _l("菜名"), "description": _l("描述"), "image": _l("图片"), "sizes": _l("规格和价格"), "groups": _l("加料与选择")}


def review_submission(dish: Dish, *, actor: Actor, now: datetime) -> None:
    """A draft or refused dish waits for a reviewer with an open case, or is on sale where policy asks for no review."""
    asked = _policy_asks(dish, now)
    move(dish, "submit", actor=actor, now=now)
    if asked:
        _open_case(dish, actor, now)
    else:
        move(dish, "approve", actor=system("policy"), now=now)


def review_change(dish: Dish, *, actor: Actor, now: datetime) -> None:
    """After an edit: what policy wants seen goes to review, an open case sees the newest version, a refused dish is handed in again.

    An edit that policy lets pass moves the approved version along only where nothing watched has changed, so that small steps add up.
    """
    wanted = snapshot(values_of_dish(dish))
    if dish.status == "rejected" and wanted != dish.approved_as:
        review_submission(dish, actor=actor, now=now)
    elif dish.status == "pending":
        _open_case(dish, actor, now)
    elif dish.status in ("on_sale", "off_sale") and wanted != dish.approved_as and _policy_asks(dish, now):
        move(dish, "recheck", actor=actor, now=now)
        _open_case(dish, actor, now)


def forget_review(dish: Dish, *, actor: Actor, now: datetime) -> None:
    """The dish goes: nobody needs to decide on it."""
    withdraw_case(KIND, dish, actor=actor, now=now)


def _policy_asks(dish: Dish, now: datetime) -> bool:
    values = values_of_dish(dish)
    changed = watched_changes(dish.approved_as, snapshot(values), value_of("dining.price_up"))
    with elevated():
        merchant = get(Merchant, dish.merchant_id)
        return needs_review(KIND, merchant, snapshot=readable(values), changed=changed, is_new=not dish.approved_as, now=now)


def _open_case(dish: Dish, actor: Actor, now: datetime) -> Case:
    with elevated():
        label = f"{dish.name} · {dish.shop.name}"[:200]
        return open_case(KIND, dish, readable(values_of_dish(dish)), label=label, merchant_id=dish.merchant_id, actor=actor, now=now)


# ---- effects of the dish's moves -------------------------------------------------------------------------------------

def on_approved(dish: Dish, *, actor: Actor, now: datetime, **_: Any) -> None:
    """What stands is what was approved."""
    dish.approved_as, dish.refusal = snapshot(values_of_dish(dish)), ""


def on_rejected(dish: Dish, *, actor: Actor, now: datetime, reason: str = "", **_: Any) -> None:
    """The restaurant reads why."""
    dish.refusal = reason[:200]


def on_recalled(dish: Dish, *, actor: Actor, now: datetime, **_: Any) -> None:
    """The platform wants to see a dish again: it is off sale, with an open case."""
    _open_case(dish, actor, now)


# ---- what the review desk calls --------------------------------------------------------------------------------------

def approve_dish(case: Case, *, actor: Actor, now: datetime) -> None:
    """The desk's yes: the dish is on sale."""
    move(lock(Dish, case.subject_id), "approve", actor=actor, now=now)


def reject_dish(case: Case, *, actor: Actor, now: datetime, reason: str) -> None:
    """The desk's no, with its reason."""
    move(lock(Dish, case.subject_id), "reject", actor=actor, now=now, reason=reason)


def recall_dish(case: Case, *, actor: Actor, now: datetime, reason: str) -> None:
    """A sample found the approval wrong: a dish that is still offered goes back to the desk."""
    dish = lock(Dish, case.subject_id)
    if dish.status in ("on_sale", "off_sale"):
        move(dish, "recall", actor=actor, now=now, reason=reason)


def appeal_dish(case: Case, *, actor: Actor, now: datetime) -> Case:
    """The refused dish goes to the desk as it is, whatever the policy."""
    dish = lock(Dish, case.subject_id)
    move(dish, "submit", actor=actor, now=now)
    return _open_case(dish, actor, now)


def present_dish(case: Case) -> Presentation:
    """The version in the case as a reviewer sees it: words, prices, picture."""
    lines = tuple(Fact(label, case.snapshot.get(name, ""), name=name) for name, label in FIELDS.items() if name != "image")
    keys = (case.snapshot.get("image") or "").split()
    caption = case.snapshot.get("name", "")
    papers = tuple(Paper(_l("图片 %(number)s", number=number), address=public_address(key) or "", caption=caption) for number, key in enumerate(keys, 1))
    return Presentation(sections=((_l("菜品"), lines),), papers=papers)


DISH_REVIEW = Reviewable(
    KIND, _l("菜品"), approve=approve_dish, reject=reject_dish, present=present_dish, fields=FIELDS, words=(*RISK_WORDS, *FOOD_RISK_WORDS),
    minutes=120, mode="changed_fields", watched=WATCHED, link=lambda case: f"/dining/dishes/{case.subject_id}",
    recall=recall_dish, again=appeal_dish,
)

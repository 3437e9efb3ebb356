"""Make a rule for a page and a role, and change what it hides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor
from app.core.errors import Invalid, Refusal
from app.extensions import db
from app.framework.console.seeing import forget_rules
from app.kernel.audit.operations import append
from app.kernel.visibility.models import VisibilityRule
from app.kernel.visibility.queries import hideable, pages, roles_of


class RoleWithoutPage(Refusal):
    """The role does not read that page at all."""

    code = "visibility.role_without_page"
    status = 422
    sentence = _l("这个角色本来就打不开“%(page)s”，不用再隐藏")


class RuleExists(Refusal):
    """The page has a rule for that role."""

    code = "visibility.exists"
    status = 409
    sentence = _l("这个页面对这个角色已经有一条，在列表里打开它来改")


class NotHideable(Invalid):
    """A name that the page does not have, or that must stay."""

    code = "visibility.not_hideable"
    sentence = _l("“%(name)s”不能隐藏")


def add_rule(*, page: str, role: str, actor: Actor, now: datetime) -> VisibilityRule:
    """The page has a rule for the role, which hides nothing yet. Raises Invalid, RoleWithoutPage, RuleExists."""
    view = pages().get(page)
    if view is None:
        raise Invalid(field="page")
    if role not in roles_of(page):
        raise RoleWithoutPage(field="role", page=str(view.title))
    row = {"page": page, "role": role, "hidden": [], "created_at": now, "updated_at": now, "version": 1}
    key = db.session.scalar(insert(VisibilityRule).values(row).on_conflict_do_nothing().returning(VisibilityRule.id))
    if key is None:
        raise RuleExists(field="role")
    rule = db.session.get_one(VisibilityRule, key)
    append("visibility.added", rule, actor=actor, now=now)
    return rule


def change_rule(rule: VisibilityRule, *, hidden: Sequence[str], actor: Actor, now: datetime) -> VisibilityRule:
    """The role does not see these (`page:name`) from the next page on; an empty list shows everything. Raises NotHideable."""
    view = pages().get(rule.page)
    offered = {f"{rule.page}:{name}" for name in hideable(view, rule.role)} if view else set()
    chosen = sorted(set(hidden))
    wrong = next((name for name in chosen if name not in offered), None)
    if wrong is not None:
        raise NotHideable(field="hidden", name=wrong)
    if chosen != rule.hidden:
        append("visibility.changed", rule, actor=actor, now=now, changes={"hidden": [rule.hidden, chosen]})
        rule.hidden = chosen
        db.session.flush()
        forget_rules()
    return rule

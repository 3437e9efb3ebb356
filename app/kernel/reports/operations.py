"""Save a report, change it, delete it and take that back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import NotFound, Refusal
from app.extensions import db
from app.framework.console.listing import EVERYTHING, Listing
from app.framework.database import lock, save
from app.kernel.audit.operations import append, differences
from app.kernel.reports.drawing import spec_of
from app.kernel.reports.models import Report
from app.kernel.reports.queries import lists
from app.kernel.workspace.operations.views import changeable, shared_with

SAVED = ("title", "query", "group_by", "series", "measure", "shape", "shared", "role")


class NotYourReport(Refusal):
    """A report of somebody else's."""

    code = "report.not_yours"
    status = 403
    sentence = _l("这份报表是别人做的，照着另做一份再改")


class NoSuchList(Refusal):
    """The list does not exist, cannot be reported on, or is not open to the actor."""

    code = "report.list"
    status = 422
    sentence = _l("选一张列表")


def may_change(report: Report, actor: Actor) -> bool:
    """True for one's own reports, and for those who arrange shared ones."""
    return changeable(report.user_id, report.shared, actor)


def save_report(*, list_name: str, actor: Actor, now: datetime, **values: Any) -> Report:
    """The report is kept. Raises NoSuchList, Undrawable, MayNotShare, and what the list refuses in its address."""
    kept = _checked(list_name, values, actor)
    report = save(Report(user_id=actor.id, merchant_id=actor.merchant_id, list_name=list_name, created_at=now, **kept))
    append("report.saved", report, actor=actor, now=now)
    return report


def change_report(report: Report, *, actor: Actor, now: datetime, **values: Any) -> Report:
    """The report is another one on the same list. Raises NotYourReport and what `save_report` raises."""
    if not may_change(report, actor):
        raise NotYourReport
    values.pop("list_name", None)
    before = {name: getattr(report, name) for name in SAVED}
    after = _checked(report.list_name, values, actor)
    for name, value in after.items():
        setattr(report, name, value)
    append("report.changed", report, actor=actor, now=now, changes=differences(before, after))
    db.session.flush()
    return report


def delete_report(key: int, *, deleted: bool, actor: Actor, now: datetime) -> Report:
    """The report is gone, or back. Raises NotFound for another side's and for one that is so already, NotYourReport."""
    report = lock(Report, key)
    if report.merchant_id != actor.merchant_id or (report.deleted_at is not None) == deleted:
        raise NotFound
    if not may_change(report, actor):
        raise NotYourReport
    report.deleted_at = now if deleted else None
    append("report.deleted" if deleted else "report.restored", report, actor=actor, now=now)
    db.session.flush()
    return report


def filter_of(view: Any, arguments: Mapping[str, str]) -> dict[str, str]:
    """What of a list's address says which rows are meant: tab, search, filters."""
    names = {"q", "view"} | {each.name for each in view.seen().filters}
    return {name: value for name, value in arguments.items() if name in names and value and (name, value) != ("view", EVERYTHING)}


def _checked(list_name: str, values: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    view = lists().get(list_name)
    if view is None:
        raise NoSuchList(field="list_name")
    shared, role = shared_with(values["share"], actor)
    asked = {name: values[name] for name in ("group_by", "series", "measure", "shape")}
    query = filter_of(view, values["query"])
    spec_of(Listing(view, query), **asked)
    return {**asked, "title": values["title"].strip(), "query": query, "shared": shared, "role": role}

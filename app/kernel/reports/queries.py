"""The reports that a reader has, and the lists that can be reported on."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, and_, or_

from app.framework.console.page import may
from app.framework.console.rights import ADMIN
from app.framework.console.view import ConsoleView
from app.framework.identity import current_actor
from app.kernel.reports.rules import groupings
from app.kernel.workspace.models import EVERYBODY, ROLE
from app.kernel.workspace.rules import of_side, own


def lists() -> dict[str, ConsoleView]:
    """Name → console view, for lists that the reader may open and that have something to group by."""
    views = (each for each in current_app.extensions["appbuilder"].baseviews if isinstance(each, ConsoleView))
    return {view.name: view for view in views if reportable(view)}


def reportable(view: ConsoleView) -> bool:
    """True for a list that the reader may open and that has something to group by."""
    return view.name != "reports.reports" and may(view, "list") and bool(groupings(view.model, view.seen().list_columns))


def readable(model: Any) -> ColumnElement[bool]:
    """The reader's own reports and those shared with them, on lists that they may open."""
    actor = current_actor()
    for_roles = model.shared == ROLE if ADMIN in actor.roles else and_(model.shared == ROLE, model.role.in_(actor.roles))
    return and_(
        of_side(model, actor), model.deleted_at.is_(None), model.list_name.in_(list(lists())),
        or_(own(model, actor), model.shared == EVERYBODY, for_roles),
    )

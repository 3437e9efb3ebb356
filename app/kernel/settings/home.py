"""What waits for a second person, on the homes of finance."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.framework.console.formats import duration
from app.framework.console.home import HomeCard, TodoItem
from app.kernel.governance.flows import FINANCE
from app.kernel.governance.operations import is_maker
from app.kernel.settings.queries import waiting_versions


class SettingsTodo(HomeCard):
    """Proposals of other people; hidden when there is none."""

    name = "settings.todo"
    roles = FINANCE
    kind = "todo"
    title = _l("设置等批准")
    order = 14
    span = 5
    link_label = _l("设置改动")
    endpoint = "SettingVersionView.list"

    def load(self, actor: Actor, now: datetime) -> list[TodoItem] | None:
        """One line for all, with the age of the oldest."""
        waiting = [version for version in waiting_versions().values() if not is_maker(version.made_by, actor)]
        if not waiting:
            return None
        oldest = min(version.created_at for version in waiting)
        note = _("最早的已等 %(time)s", time=duration(int((now - oldest).total_seconds())))
        return [TodoItem(len(waiting), _("个设置改动等你批准"), note, url_for("SettingVersionView.list", status="draft"), _("去批准"))]

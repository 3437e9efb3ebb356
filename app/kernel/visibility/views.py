"""The page where Admin says what a role does not see."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import inspect, select
from wtforms import SelectField, SelectMultipleField
from wtforms.validators import DataRequired

from app.extensions import db
from app.framework.console.columns import Column, Section
from app.framework.console.filters import ChoiceFilter
from app.framework.console.listing import eager
from app.framework.console.seeing import seen_of
from app.framework.console.view import ConsoleView
from app.kernel.parties.roles import ROLES
from app.kernel.visibility.models import VisibilityRule
from app.kernel.visibility.operations import add_rule, change_rule
from app.kernel.visibility.queries import hideable, pages, words_of

SAMPLE_ROWS = 5
ROLE_WORDS = {role.name: role.label for role in ROLES}
BLINDED = [(name, words) for name, words in ROLE_WORDS.items() if name != "Admin"]


class NewRuleForm(FlaskForm):
    """Which page, for whom."""

    page = SelectField(_l("页面"), validators=[DataRequired(_l("选一个页面"))])
    role = SelectField(_l("角色"), choices=BLINDED, validators=[DataRequired(_l("选一个角色"))])


class RuleForm(FlaskForm):
    """What the role does not see."""

    hidden = SelectMultipleField(_l("看不到哪些"), description=_l("导出、排序、合计、筛选、搜索和经过里也一起不见"))


def _page_words(rule: VisibilityRule) -> str:
    view = pages().get(rule.page)
    return str(view.title) if view else rule.page


def _preview(rule: VisibilityRule) -> dict[str, Any]:
    """The first rows of the page with the columns that the role is left with, and the facts of its records by name."""
    view = pages().get(rule.page)
    if view is None:
        return {"page": None}
    seen = seen_of(view, rule.names)
    newest = inspect(view.model).primary_key[0].desc()
    rows = db.session.scalars(select(view.model).options(*eager(view.model, seen.list_columns)).order_by(newest).limit(SAMPLE_ROWS)).unique().all()
    return {"page": view, "seen": seen, "rows": rows}


class VisibilityView(ConsoleView):
    """Rules, one for a page and a role."""

    name = "visibility.rules"
    route_base = "/visibility"
    model = VisibilityRule
    title = _l("谁看到什么")
    singular = _l("规则")
    subtitle = _l("某个角色在某个页面上看不到哪些列、哪些资料。管理员总是全都看得到。")
    icon = "eye"
    add_label = _l("隐藏一个页面的列")
    list_columns = (
        Column("page", _l("页面"), link=True, value=_page_words),
        Column("role", _l("角色"), choices=ROLE_WORDS),
        Column("hidden", _l("看不到"), value=lambda rule: words_of(rule.hidden)),
        Column("updated_at", _l("改于"), kind="when", sort=True),
    )
    facts = (Column("page", _l("页面"), value=_page_words), Column("role", _l("角色"), choices=ROLE_WORDS), *list_columns[2:3])
    filters = (ChoiceFilter("role", choices=ROLE_WORDS),)
    sections = (Section(_l("这个角色看到的样子"), template="visibility/preview.html", context=_preview, note=_l("预览")),)
    create = staticmethod(add_rule)
    update = staticmethod(change_rule)
    revisable = True
    form = RuleForm
    exports = False
    empty_title = _l("没有隐藏任何列")
    empty_text = _l("每个角色都看得到它能打开的页面上的全部列")

    def label_of(self, record: Any) -> str:
        """The page and the role."""
        return f"{_page_words(record)} · {ROLE_WORDS.get(record.role, record.role)}"

    def after_adding(self, record: Any) -> str:
        """On to the columns of the page."""
        return self.url("edit", pk=record.id)

    def make_form(self, record: Any = None) -> FlaskForm:
        """Page and role of a rule; then what of the page may be hidden from that role."""
        if record is None:
            form: FlaskForm = NewRuleForm()
            form["page"].choices = [(name, f"{view.title} · {name}") for name, view in sorted(pages().items(), key=lambda pair: str(pair[1].title))]
            return form
        view = pages().get(record.page)
        form = RuleForm(obj=record)
        form["hidden"].choices = [(f"{record.page}:{name}", words) for name, words in hideable(view, record.role).items()] if view else []
        return form

"""The page where staff word notices, with their variables and a preview."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import Length

from app.core.errors import Refusal
from app.framework.console.columns import Column, Section
from app.framework.console.page import expose, page_access
from app.framework.console.view import ConsoleView
from app.framework.notices import NoticeKind
from app.kernel.notices.models import WORDINGS, NoticeTemplate
from app.kernel.notices.operations import change_template
from app.kernel.notices.queries import kinds, shipped, worded
from app.kernel.notices.rules import check_words, filled

LANGUAGES = (("zh", _l("中文")), ("en", _l("英文")))
EMPTY_IS_SHIPPED = _l("清空就改回原来的话")


class TemplateForm(FlaskForm):
    """How a kind of notice is sent and worded."""

    active = BooleanField(_l("发这种通知"))
    texted = BooleanField(_l("同时发短信给留了手机号的人"))
    subscribe_id = StringField(_l("微信订阅消息模板号"), validators=[Length(max=64)], description=_l("给顾客的通知才用；不填就只进小程序的收件箱"))
    subscribe_fields = TextAreaField(_l("模板里的内容"), validators=[Length(max=600)], description=_l("一行一个，例如 thing1={order}"))
    heading_zh = StringField(WORDINGS["heading_zh"], description=EMPTY_IS_SHIPPED)
    text_zh = TextAreaField(WORDINGS["text_zh"], description=EMPTY_IS_SHIPPED)
    heading_en = StringField(WORDINGS["heading_en"], description=EMPTY_IS_SHIPPED)
    text_en = TextAreaField(WORDINGS["text_en"], description=EMPTY_IS_SHIPPED)


def _kind(template: NoticeTemplate) -> NoticeKind:
    return kinds()[template.kind]


def _declared(model: type[NoticeTemplate]) -> Any:
    """Templates whose kind exists: a trade may be switched off."""
    return model.kind.in_(list(kinds()))


def _preview(kind: NoticeKind, words: Mapping[str, str]) -> list[tuple[Any, str, str, str]]:
    """(language, heading, text, what is wrong) with the samples of the variables."""
    samples = {variable.name: variable.sample for variable in kind.variables}
    found = []
    for locale, language in LANGUAGES:
        fault = ""
        for part in (f"heading_{locale}", f"text_{locale}"):
            try:
                check_words(words[part], kind.variables, field=part, required=part.startswith("text"))
            except Refusal as refusal:
                fault = str(refusal)
        found.append((language, filled(words[f"heading_{locale}"], samples), filled(words[f"text_{locale}"], samples), fault))
    return found


def _as_it_is(template: NoticeTemplate) -> dict[str, Any]:
    kind = _kind(template)
    return {"previews": _preview(kind, {part: worded(template, kind, part) for part in WORDINGS})}


def _heading(template: NoticeTemplate) -> str:
    locale = get_locale()
    return worded(template, _kind(template), "heading_en" if locale is not None and locale.language == "en" else "heading_zh")


WHOM = Column("to", _l("发给谁"), value=lambda template: _kind(template).to, export=False)


class NoticeTemplateView(ConsoleView):
    """Every kind of notice, with its words."""

    name = "notices.templates"
    route_base = "/notices"
    model = NoticeTemplate
    title = _l("通知模板")
    singular = _l("这种通知")
    subtitle = _l("发生什么事时告诉谁、怎么说。改了马上生效，已经发出的不变。")
    measure = _l("种")
    icon = "bell"
    order = "kind"
    base = staticmethod(_declared)
    list_columns = (
        Column("kind", _l("什么事"), link=True, value=lambda template: _kind(template).title),
        WHOM,
        Column("heading", _l("标题"), value=_heading, export=False),
        Column("active", _l("发通知"), kind="flag"),
        Column("texted", _l("发短信"), kind="flag"),
        Column("updated_at", _l("改于"), kind="when", sort=True),
    )
    facts = (WHOM, *list_columns[3:5])
    sections = (Section(_l("收到的样子"), template="notices/preview_part.html", context=_as_it_is, note=_l("用示例数据")),)
    form = TemplateForm
    form_template = "notices/form.html"
    update = staticmethod(change_template)
    revisable = True
    exports = False

    def label_of(self, record: Any) -> str:
        """What happened."""
        return str(_kind(record).title)

    def present(self, record: Any, name: str) -> Any:
        """The words that count, also where they are those that it was shipped with."""
        return (getattr(record, name) or shipped(_kind(record), name)) if name in WORDINGS else super().present(record, name)

    def make_form(self, record: Any = None) -> FlaskForm:
        """The form with the words that count."""
        form = TemplateForm(obj=record)
        if _kind(record).customers:
            del form.texted
        else:
            del form.subscribe_id, form.subscribe_fields
        if not form.is_submitted():
            for part in WORDINGS:
                form[part].data = self.present(record, part)
        return form

    def variables(self, record: Any) -> Any:
        """What the words may name."""
        return _kind(record).variables

    @expose("/<int:pk>/preview")
    @page_access("can_edit")
    def preview(self, pk: int) -> Response:
        """The words of the form with sample values: a part of the form's page, or a page of its own for browsers without scripts."""
        record = self.record(pk)
        kind = _kind(record)
        words = {part: request.args.get(part, "").strip() or shipped(kind, part) for part in WORDINGS}
        part = request.headers.get("X-Requested-With") == "fetch"
        return self.render("notices/preview_part.html" if part else "notices/preview.html", previews=_preview(kind, words), page_title=_("预览"))

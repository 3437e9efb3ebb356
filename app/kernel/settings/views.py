"""The settings pages: all values by package, one value with its history and form, and the versions with their approval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from app.core import clock
from app.core.errors import Conflict, NotFound, Refusal
from app.framework.console.columns import Column, Difference
from app.framework.console.fields import errors_into
from app.framework.console.filters import ChoiceFilter
from app.framework.console.page import Page, expose, page_access
from app.framework.console.refused import take_back, version_given
from app.framework.console.view import ConsoleView, view_url
from app.framework.settings import Setting, declared, value_of
from app.kernel.governance.presenting import APPROVED_AT, APPROVER, PROPOSER, REASON
from app.kernel.parties.queries import person_named
from app.kernel.settings.forms import setting_form
from app.kernel.settings.models import SettingVersion
from app.kernel.settings.operations import change_setting, latest_number, setting_named
from app.kernel.settings.queries import counting_versions, versions_of, waiting_versions
from app.kernel.settings.rules import checked, written


@dataclass(frozen=True)
class Line:
    """A setting as it stands: its words, the version that counts, the proposal that waits, and where it is changed by this reader."""

    setting: Setting
    value: str
    default: str
    version: SettingVersion | None
    waiting: SettingVersion | None
    change: str

    @property
    def who(self) -> Any:
        """Who made the version that counts; nobody while the default does."""
        return person_named(self.version.made_by) if self.version else None


def _value_words(version: SettingVersion) -> str:
    setting = declared().get(version.name)
    return written(setting, version.value) if setting else str(version.value)


def _default_words(version: SettingVersion) -> str:
    setting = declared().get(version.name)
    return written(setting, setting.default) if setting else ""


def _effect(version: SettingVersion) -> Any:
    setting = declared().get(version.name)
    return setting.effect if setting else ""


class SettingVersionView(ConsoleView):
    """Every change of a setting; one that moves money waits here for a second person."""

    name = "settings.versions"
    route_base = "/setting-versions"
    model = SettingVersion
    title = _l("设置改动")
    singular = _l("设置改动")
    icon = "gear"
    list_columns = (
        Column("label", _l("改动"), link=True, value=lambda version: version.label, export=False),
        Column("value", _l("改成"), value=_value_words, export=False),
        Column("status", _l("状态"), kind="state"),
        PROPOSER,
        APPROVER,
        Column("created_at", _l("提出时间"), kind="when"),
    )
    facts = (
        Column("value", _l("改成"), value=_value_words, big=True),
        Column("default", _l("默认"), value=_default_words),
        PROPOSER, APPROVER, APPROVED_AT, REASON,
        Column("effect", _l("管什么"), value=_effect, wide=True),
    )
    filters = (ChoiceFilter("status"),)
    empty_title = _l("还没有改过设置")
    empty_text = _l("所有设置都是默认值")


class SettingsPage(Page):
    """`/settings/`: what staff may change, each with its value, default, effect, and who changed it last."""

    name = "settings.page"
    route_base = "/settings"
    title = _l("平台设置")
    icon = "gear"
    words = {"index": _l("查看设置"), "change": _l("修改设置"), "propose": _l("提出动钱的设置")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """All settings by package."""
        counting, waiting = counting_versions(), waiting_versions()
        groups = [
            (manifest.title, [self._line(setting, counting, waiting) for setting in manifest.settings])
            for manifest in current_app.extensions["manifests"] if manifest.settings
        ]
        return self.render("settings/index.html", groups=groups, versions_url=view_url(SettingVersionView, "list"))

    @expose("/<name>")
    @page_access("can_index")
    def show(self, name: str) -> Response:
        """One setting and its history."""
        setting = setting_named(name)
        versions = versions_of(name)
        counting, waiting = ({each.name: each for each in versions if each.status == status} for status in ("approved", "draft"))
        line = self._line(setting, counting, waiting)
        return self.render(
            "settings/setting.html", line=line, versions=list(self._history(setting, versions)), page_title=setting.label, flow=SettingVersionView.flow(),
        )

    @expose("/<name>/change", methods=["GET", "POST"])
    @page_access("can_change")
    def change(self, name: str) -> Response:
        """Change a setting that acts at once."""
        return self._change(setting_named(name), money=False)

    @expose("/<name>/propose", methods=["GET", "POST"])
    @page_access("can_propose")
    def propose(self, name: str) -> Response:
        """Propose another value of a setting that moves money."""
        return self._change(setting_named(name), money=True)

    def _change(self, setting: Setting, *, money: bool) -> Response:
        """The form; then the preview; then, when the previewed value is confirmed, the change."""
        if setting.money != money:
            raise NotFound
        if request.method == "GET":
            return self._form_page(setting, self._filled(setting))
        form = setting_form(setting)
        if not form.validate():
            return self._form_page(setting, form, 422)
        typed = f"={form['value'].data}"
        try:
            checked(setting, form["value"].data)
            if request.form.get("confirmed") != typed:
                return self._form_page(setting, form, preview=typed)
            change_setting(
                setting.name, form["value"].data, reason=form["reason"].data, seen=version_given(request.form, "seen"), actor=self.actor,
                now=clock.now(),
            )
        except Conflict:
            return self._form_page(setting, form, 409, preview=typed, conflict=True)
        except Refusal as refusal:
            take_back(refusal)
            errors_into(form, refusal)
            return self._form_page(setting, form, refusal.status)
        said = _("已提出：%(what)s，等第二人批准") if money else _("已修改：%(what)s")
        return self.done(said % {"what": setting.label}, "SettingsPage.show", name=setting.name)

    def _filled(self, setting: Setting) -> FlaskForm:
        """The form with the present value, or with that of the version in `?to=`, `default` for the default."""
        to = request.args.get("to", "")
        if to == "default":
            return setting_form(setting, value=setting.default, reason=str(_("改回默认")))
        found = next((each for each in versions_of(setting.name) if str(each.number) == to), None) if to else None
        if to and found is None:
            raise NotFound
        if found is not None:
            return setting_form(setting, value=found.value, reason=str(_("改回第 %(number)s 版", number=found.number)))
        return setting_form(setting, value=value_of(setting.name))

    def _form_page(self, setting: Setting, form: FlaskForm, status: int = 200, preview: str = "", *, conflict: bool = False) -> Response:
        """The form; with `preview` also what the change does."""
        differences = [Difference(setting.label, written(setting, value_of(setting.name)), written(setting, form["value"].data))] if preview else []
        return self.render(
            "settings/change.html", status, setting=setting, form=form, preview=preview, differences=differences, conflict=conflict,
            seen=latest_number(setting.name) if request.method == "GET" or conflict else request.form.get("seen", ""),
            page_title=_("修改%(what)s", what=setting.label),
        )

    def _line(self, setting: Setting, counting: dict[str, SettingVersion], waiting: dict[str, SettingVersion]) -> Line:
        method = "propose" if setting.money else "change"
        version = counting.get(setting.name)
        value = version.value if version else setting.default
        change = self.url(method, name=setting.name) if self.may(method) else ""
        return Line(setting, written(setting, value), written(setting, setting.default), version, waiting.get(setting.name), change)

    def _history(self, setting: Setting, versions: list[SettingVersion]) -> Iterator[tuple[SettingVersion, str, Any, Any]]:
        """(version, its value, who proposed, who approved) of each."""
        for version in versions:
            yield version, written(setting, version.value), person_named(version.made_by), person_named(version.approved_by)

"""Putting back: a change of a record in its timeline is taken back through the view's own `update`, after a look at what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, ClassVar

from flask import Response, redirect, request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import inspect
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, DateTimeField, Field, SelectMultipleField
from wtforms.fields.choices import SelectFieldBase

from app.core import clock
from app.core.errors import Conflict, NotFound, Refusal
from app.framework.console.changes import Changes
from app.framework.console.columns import Difference, TimelineItem
from app.framework.console.fields import values_of
from app.framework.console.page import expose, page_access
from app.framework.console.refused import take_back, version_given
from app.framework.console.timeline import in_words, timeline_of
from app.framework.database import lock


class PuttingBack(Changes):
    """The part of `ConsoleView` that puts earlier values back. A view with an `update` says `revisable = True` to offer it to who may edit.

    The values go through the view's form, its `update`, and the version check, as if somebody had typed them: so they are
    validated, audited, and can themselves be put back.
    """

    revisable: ClassVar[bool] = False

    def story(self, record: Any) -> Sequence[TimelineItem]:
        """The record's timeline, each act that can be put back with the address where that is done."""
        seen = self.seen()
        items = [seen.told(item) for item in timeline_of(record)]
        if not self.revisable or self.update is None or not self.may("edit"):
            return items
        pk, names = inspect(record).identity[0], self._field_names(record)
        return [
            replace(item, back=self.url("put_back", pk=pk, entry=item.key)) if item.key is not None and names & set(item.changes) else item
            for item in items
        ]

    def undo_of(self, record: Any) -> str | None:
        """The newest change is put back, unless somebody changed the record in between."""
        newest = next((item for item in self.story(record) if item.back), None) if self.revisable else None
        return f"{newest.back}?version={record.version}" if newest else None

    @expose("/<int:pk>/put-back/<int:entry>", methods=["GET", "POST"])
    @page_access("can_edit")
    def put_back(self, pk: int, entry: int) -> Response:
        """GET shows the present values beside those to be put back; POST puts them back."""
        record = self.record(pk)
        item = next((each for each in timeline_of(record) if each.key == entry), None)
        names = self._field_names(record)
        before = {name: values[0] for name, values in item.changes.items() if name in names} if item else {}
        if not before:
            raise NotFound
        if request.method == "GET":
            return self._preview_page(record, item, before)
        try:
            record = lock(self.model, pk, version=version_given(request.values))  # of the form, or of a toast's address
            form = self._form_before(record, before)
            if not form.validate():
                return self._preview_page(record, item, before, form, 422)
            self._operation("update")(record, actor=self.actor, now=clock.now(), **values_of(form))
        except Conflict:
            return self._preview_page(self.record(pk), item, before, status=409)
        except Refusal as refusal:
            take_back(refusal)
            return self._preview_page(self.record(pk), item, before, status=refusal.status, refusal=refusal)
        self.say(_("已改回：%(what)s", what=self.label_of(record)))
        return redirect(self.link_to(record) or self.url("list"), 303)  # type: ignore[return-value]

    def _field_names(self, record: Any) -> set[str]:
        return {field.short_name for field in self.make_form(record) if hasattr(record, field.short_name)}

    def _form_before(self, record: Any, before: Mapping[str, Any]) -> FlaskForm:
        """The form as somebody would fill it in who types the values before the act and leaves the others as they are."""
        form, earlier = self.make_form(record), _Earlier(record, before)
        for field in form:
            if hasattr(record, field.short_name):
                field.process(None, _loaded(field, self.present(earlier, field.short_name)))
        form.process(typed_of(form))
        return form

    def _preview_page(
        self, record: Any, item: TimelineItem | None, before: Mapping[str, Any], form: FlaskForm | None = None, status: int = 200,
        refusal: Refusal | None = None,
    ) -> Response:
        faults = [str(words) for field in form or () for words in field.errors]
        return self.render(
            "console/put_back.html", status=status, record=record, item=item, differences=differences_to(record, before), refusal=refusal, faults=faults,
            conflict=status == 409 and refusal is None, page_title=_("改回"),
        )


class _Earlier:
    """A record with some of its values as they were."""

    def __init__(self, record: Any, before: Mapping[str, Any]) -> None:
        self._record, self._before = record, before

    def __getattr__(self, name: str) -> Any:
        return self._before[name] if name in self._before else getattr(self._record, name)


def differences_to(record: Any, before: Mapping[str, Any]) -> list[Difference]:
    """The present value and the earlier one of each field in which they differ, in words."""
    found = []
    for name, value in before.items():
        label, earlier = in_words(record, name, value)
        present = in_words(record, name, _plain(getattr(record, name)))[1]
        if present != earlier:
            found.append(Difference(label, present, earlier))
    return found


def typed_of(form: FlaskForm) -> MultiDict[str, str]:
    """What a browser would send for the form as it is filled."""
    typed: MultiDict[str, str] = MultiDict()
    for field in form:
        for text in _typed(field):
            typed.add(field.name, text)
    return typed


def _typed(field: Field) -> list[str]:
    if field.type == "CSRFTokenField":
        return [request.form.get(field.name, "")]
    if isinstance(field, BooleanField):
        return ["y"] if field.data else []
    if isinstance(field, SelectMultipleField):
        return [str(each) for each in field.data or ()]
    if isinstance(field, SelectFieldBase):
        return [] if field.data is None else [str(field.data)]
    field.raw_data = None
    return [field._value()] if hasattr(field, "_value") else []  # noqa: SLF001 - how WTForms names the text of an input


def _loaded(field: Field, value: Any) -> Any:
    """A value as the field holds it, from how the audit stores it: JSON knows no dates."""
    if isinstance(value, str) and isinstance(field, DateField):
        return date.fromisoformat(value) if value else None
    if isinstance(value, str) and isinstance(field, DateTimeField):
        return datetime.fromisoformat(value) if value else None
    return value


def _plain(value: Any) -> Any:
    """A value as the audit stores it."""
    return value.isoformat() if isinstance(value, date) else value

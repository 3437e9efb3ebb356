"""Form fields of the console, and the way between a form and an operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import Field, IntegerField, StringField
from wtforms.validators import ValidationError

from app.core.errors import Refusal
from app.core.money import NotAnAmount, Ppm, figures, parse_yuan
from app.framework.console.columns import Difference

__all__ = ["CountField", "ImageField", "LookupField", "MoneyField", "PercentField", "changed_by_others", "errors_into", "states", "values_of"]


class MoneyField(StringField):
    """Yuan as typed, fen as data; shown with ¥ before it."""

    affix_before, affix_after, input_mode = "¥", _l("元"), "decimal"

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return figures(self.data).replace(",", "") if isinstance(self.data, int) else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Fen of what was typed; None when nothing was."""
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        try:
            self.data = parse_yuan(valuelist[0])
        except NotAnAmount as refusal:
            self.data = None
            raise ValueError(str(refusal)) from None


class PercentField(StringField):
    """A rate in percent as typed, ppm as data; at most four decimals."""

    affix_after, input_mode = "%", "decimal"

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data / 10_000:.4f}".rstrip("0").rstrip(".") if isinstance(self.data, int) else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Ppm of what was typed; None when nothing was."""
        text = valuelist[0].strip().removesuffix("%").strip() if valuelist else ""
        whole, _dot, part = text.partition(".")
        if not text:
            self.data = None
        elif whole.isdecimal() and whole.isascii() and len(whole) <= 3 and (not part or (part.isdecimal() and part.isascii() and len(part) <= 4)):
            self.data = Ppm(int(whole) * 10_000 + int(part.ljust(4, "0") or 0))
        else:
            self.data = None
            raise ValueError(_("写百分数，最多四位小数，例如 8 或 0.6"))


class CountField(IntegerField):
    """A whole number, with a measure word behind it."""

    input_mode = "numeric"

    def __init__(self, *args: Any, unit: Any = "", **kwargs: Any) -> None:
        """`unit` is the measure word behind the input."""
        self.affix_after = unit
        super().__init__(*args, **kwargs)


class LookupField(Field):
    """The key of a record chosen by typing part of its name, instead of a drop-down of thousands.

    `endpoint` answers `?q=` with JSON `[{"id", "label"}]` in the actor's scope; `named(id)` returns the label of a key in that same scope,
    or None, which refuses it: a forged key is worth nothing.
    """

    lookup = True

    def __init__(self, *args: Any, endpoint: str, named: Callable[[int], str | None], **kwargs: Any) -> None:
        """`endpoint` answers searches, `named` says what a key is called."""
        self.endpoint, self.named = endpoint, named
        super().__init__(*args, **kwargs)

    @property
    def chosen_label(self) -> str:
        """The label of what is chosen; empty when nothing is."""
        return (self.named(self.data) or "") if isinstance(self.data, int) else ""

    def _value(self) -> str:
        return str(self.data) if self.data is not None else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """The key, when it is one."""
        text = valuelist[0].strip() if valuelist else ""
        self.data = int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else None
        if text and self.data is None:
            raise ValueError(_("从列表里选一个"))

    def pre_validate(self, form: Any) -> None:
        """Refuse a key that the actor cannot reach."""
        if self.data is not None and self.named(self.data) is None:
            raise ValidationError(_("从列表里选一个"))


class ImageField(FileField):
    """A picture with a preview. `shown(record)` is the address of the present one; the operation re-encodes what comes."""

    image = True
    accept = "image/jpeg,image/png,image/webp"

    def __init__(self, *args: Any, many: bool = False, **kwargs: Any) -> None:
        """`many` takes several pictures at once."""
        self.many = many
        super().__init__(*args, **kwargs)


def values_of(form: FlaskForm) -> dict[str, Any]:
    """What the form says, by field name, without its token."""
    return {field.short_name: field.data for field in form if field.type not in {"CSRFTokenField", "SubmitField"}}


def states(invalid: bool, described: str, **attributes: Any) -> dict[str, Any]:
    """The attributes of an input: those given that are not empty, and what ARIA says of errors and help."""
    found = {**attributes, "aria-invalid": "true" if invalid else "", "aria-describedby": described.strip()}
    return {name: value for name, value in found.items() if value}


def errors_into(form: FlaskForm, refusal: Refusal) -> None:
    """Put a refusal beside the fields it names, or on top of the form."""
    for problem in refusal.problems:
        name = problem["field"] or ""
        if name in form:
            form[name].errors = [*form[name].errors, problem["message"]]
        else:
            form.form_errors.append(problem["message"])


def changed_by_others(form: FlaskForm, record: Any, present: Callable[[Any, str], Any]) -> list[Difference]:
    """Fields in which the saved record, as `present(record, name)` gives its values, differs from what this form wants to save."""
    saved = {field.short_name: present(record, field.short_name) for field in form if hasattr(record, field.short_name)}
    return [Difference(field.label.text, saved[name], field.data) for field in form if (name := field.short_name) in saved and saved[name] != field.data]

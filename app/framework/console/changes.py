"""What a console view lets people change: moves of the flow, one by one or in bulk, and forms through operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from flask import Response, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import inspect
from werkzeug.datastructures import MultiDict
from wtforms import FileField

from app.core import clock
from app.core.errors import Conflict, Invalid, NotFound, Refusal
from app.core.flows import Flow, Move
from app.extensions import db
from app.framework.console import keeping
from app.framework.console.columns import Column, LineChoice
from app.framework.console.fields import changed_by_others, errors_into, values_of
from app.framework.console.formats import cell_of
from app.framework.console.moves import BULK_AT_MOST, Button, amount_due, answers_of, answers_to_undo, confirm_amount, make_move, make_moves
from app.framework.console.page import Page, expose, page_access, require
from app.framework.console.preferences import here_or_home
from app.framework.console.refused import take_back, version_given
from app.framework.database import lock
from app.framework.flow import move as flow_move

LARGEST_KEY = 2**63 - 1


class Changes(Page):
    """The changing half of `ConsoleView`, which says what the model is and how a record is read, called, and reached."""

    model: ClassVar[type[Any]]
    singular: ClassVar[Any] = ""
    list_columns: ClassVar[tuple[Column, ...]] = ()
    form: ClassVar[type[FlaskForm] | None] = None
    form_template: ClassVar[str] = "console/form.html"
    form_note: ClassVar[Any] = ""
    add_label: ClassVar[Any] = ""
    create_label: ClassVar[Any] = _l("保存")  # the button under the form of a record that does not exist yet
    create: ClassVar[Callable[..., Any] | None] = None
    update: ClassVar[Callable[..., Any] | None] = None
    flow: Callable[[], Flow | None]
    seen: Callable[[], Any]
    record: Callable[..., Any]
    label_of: Callable[[Any], str]
    link_to: Callable[[Any], str | None]

    # ---- moves -----------------------------------------------------------------------------------------------------------

    def lines(self, record: Any, move: Move) -> tuple[LineChoice, ...]:
        """What a move with an ask of kind "lines" may take from this record; views with such moves say it."""
        return ()

    def buttons(self, record: Any) -> Any:
        """The moves open to the actor on this record, the first primary one leading."""
        flow, own = self.flow(), self.moves()
        if flow is None:
            return []
        pk = inspect(record).identity[0]
        offered = [move for move in flow.open_moves(record, self.actor.roles) if move in own and self.may(move.name)]
        return [Button(move, self.url("move", pk=pk, name=move.name), record, self._lines_of(record, move)) for move in offered]

    def _lines_of(self, record: Any, move: Move) -> tuple[LineChoice, ...]:
        return self.lines(record, move) if any(ask.kind == "lines" for ask in move.asks) else ()

    @expose("/<int:pk>/move/<name>", methods=["GET", "POST"])
    def move(self, pk: int, name: str) -> Response:
        """Make a move; GET shows what it asks, for browsers without scripts and after a refusal."""
        step = self._step(name)
        away = require(self, name)
        if away is not None:
            return away
        record = self.record(pk)
        button = Button(step, self.url("move", pk=pk, name=name), record, self._lines_of(record, step))
        if request.method == "GET":
            return self._ask(button)
        if request.args.get("undo"):
            return self._take_back(record, step)
        try:
            answers = answers_of(step, request.form, button.lines)
            confirm_amount(step, [record], request.form)
            moved, happened = make_move(self.model, pk, name, actor=self.actor, now=clock.now(), **answers)
        except Refusal as refusal:
            asked = refusal.status in {400, 422} and (step.asks or step.confirm_amount)
            if not asked and refusal.field not in {ask.name for ask in step.asks}:
                raise
            db.session.rollback()
            return self._ask(Button(step, button.url, self.record(pk), button.lines), refusal)
        return self._moved(moved, step, happened)

    def _step(self, name: str) -> Move:
        found = next((move for move in self.moves() if move.name == name), None)
        if found is None:
            raise NotFound
        return found

    def _take_back(self, record: Any, step: Move) -> Response:
        """The move that undoes another one, refused when the record moved on since."""
        version, _dash, name = request.args["undo"].partition("-")
        undone = next((move for move in self.moves() if move.name == name and move.undo == step.name), None)
        if undone is None or not version.isdecimal():
            raise NotFound
        record = lock(self.model, inspect(record).identity[0])
        if str(record.version) != version:
            raise Conflict
        record = flow_move(record, step.name, actor=self.actor, now=clock.now(), **answers_to_undo(step, undone.label))
        self.say(_("已撤销“%(move)s”：%(what)s", move=undone.label, what=self.label_of(record)))
        back = here_or_home(request.args.get("back"))
        return redirect(back if back != "/" else (self.link_to(record) or self.url("list")), 303)  # type: ignore[return-value]

    def _undo_address(self, record: Any, step: Move, back: str) -> str | None:
        """Where a toast posts to take the move back; None when it cannot be, or not by this actor."""
        counter = next((move for move in self.moves() if move.name == step.undo), None)
        version = getattr(record, "version", None)
        if counter is None or version is None or not self.may(counter.name) or not self.actor.may_act_as(counter.roles):
            return None
        return self.url("move", pk=inspect(record).identity[0], name=counter.name, undo=f"{version}-{step.name}", back=back)

    def _ask(self, button: Button, refusal: Refusal | None = None) -> Response:
        errors = {each["field"]: each["message"] for each in refusal.errors} if refusal else {}
        if refusal and not errors:
            errors[refusal.field or ""] = str(refusal)
        return self.render(
            "console/move.html", status=refusal.status if refusal else 200, button=button, errors=errors,
            page_title=f"{button.move.label} · {self.label_of(button.record)}",
        )

    def _moved(self, record: Any, step: Move, happened: bool) -> Response:
        flow = self.flow()
        state = flow.state(record.status).label if flow else ""
        what = {"what": self.label_of(record), "state": state}
        back = here_or_home(request.form.get("back"))
        undo = self._undo_address(record, step, back) if happened else None
        self.say(_("%(what)s：%(state)s", **what) if happened else _("%(what)s 已经是“%(state)s”，这次没有再改", **what), undo)
        return redirect(back if back != "/" else (self.link_to(record) or self.url("list")), 303)  # type: ignore[return-value]

    @expose("/bulk", methods=["POST"])
    def bulk(self) -> Response:
        """A move on several records: first a preview with what it asks, then what became of each row."""
        step = self._step(request.form.get("move", ""))
        away = require(self, step.name)
        if away is not None:
            return away
        keys = self._keys()
        records = [self.record(key) for key in keys]
        fitting = [record for record in records if record.status in step.sources]
        page = {"step": step, "records": records, "fitting": fitting, "flow": self.flow(), "page_title": f"{step.label} · {self.title}",
                "due": amount_due(step, fitting) if step.confirm_amount else None}
        if request.form.get("confirmed") != "yes" or not fitting:
            return self.render("console/bulk.html", errors={}, **page)
        try:
            answers = answers_of(step, request.form)
            confirm_amount(step, fitting, request.form)
        except Invalid as refusal:
            return self.render("console/bulk.html", status=422, errors={each["field"]: each["message"] for each in refusal.errors}, **page)
        outcomes = make_moves(self.model, keys, step.name, actor=self.actor, now=clock.now(), label=self.label_of, **answers)
        return self.render("console/bulk_done.html", outcomes=outcomes, **page)

    def _keys(self) -> Any:
        """The ticked rows of the form. Raises Invalid when there are none, too many, or something else than keys."""
        keys = request.form.getlist("key")
        if not 0 < len(keys) <= BULK_AT_MOST or not all(key.isascii() and key.isdecimal() and int(key) <= LARGEST_KEY for key in keys):
            raise Invalid
        return sorted({int(key) for key in keys})

    # ---- form ------------------------------------------------------------------------------------------------------------

    def make_form(self, record: Any = None) -> FlaskForm:
        """The form, filled from the record; views with choices from the database override this."""
        if self.form is None:
            raise NotFound
        return self.form(obj=record)

    def present(self, record: Any, name: str) -> Any:
        """What a field of the form holds for the record as saved; views whose form writes a value differently say so."""
        return getattr(record, name)

    def secret_fields(self, form: FlaskForm) -> set[str]:
        """Names of the fields that no draft keeps: passwords, files, and those marked `sensitive`."""
        return {
            field.name for field in form
            if field.type in {"PasswordField", "CSRFTokenField"} or isinstance(field, FileField) or getattr(field, "sensitive", False)
            or (field.render_kw or {}).get("data-sensitive")
        }

    @expose("/new", methods=["GET", "POST"])
    @page_access("can_add")
    def add(self) -> Response:
        """A new record through `create`."""
        form = self.make_form()
        if request.method == "GET":
            return self._fresh_form(form)
        if not form.validate():
            return self._form_page(form, status=422)
        try:
            record = self._operation("create")(actor=self.actor, now=clock.now(), **values_of(form))
        except Refusal as refusal:
            return self._refused(form, refusal)
        self._forget_draft(0)
        self.say(_("已新建：%(what)s", what=self.label_of(record)))
        return redirect(self.after_adding(record), 303)  # type: ignore[return-value]

    def undo_of(self, record: Any) -> str | None:
        """Where a toast posts to take back the change that was just saved; None where a view keeps no way back."""
        return None

    def after_adding(self, record: Any) -> str:
        """Where somebody goes on who has just made the record: its page, or the list."""
        return self.link_to(record) or self.url("list")

    @expose("/<int:pk>/edit", methods=["GET", "POST"])
    @page_access("can_edit")
    def edit(self, pk: int) -> Response:
        """Change a record through `update`; somebody else's change in between is shown instead of overwritten."""
        record = self.record(pk)
        form = self.make_form(record)
        if request.method == "GET":
            return self._fresh_form(form, record)
        given = request.form.get("version", "")
        if given and given != str(getattr(record, "version", given)):
            return self._form_page(form, record, status=409, conflicts=changed_by_others(form, record, self.present))
        if not form.validate():
            return self._form_page(form, record, status=422)
        try:
            record = lock(self.model, pk, version=version_given(request.form))
            self._operation("update")(record, actor=self.actor, now=clock.now(), **values_of(form))
        except Refusal as refusal:
            return self._refused(form, refusal, pk)
        self._forget_draft(pk)
        self.say(_("已保存：%(what)s", what=self.label_of(record)), self.undo_of(record))
        return redirect(self.link_to(record) or self.url("list"), 303)  # type: ignore[return-value]

    @expose("/<int:pk>/cell", methods=["POST"])
    @page_access("can_edit")
    def cell(self, pk: int) -> Any:
        """Change one field of a record from its list, through the same form, operation, and version check; JSON."""
        name, version = request.form.get("name", ""), version_given(request.form)
        column = next((each for each in self.seen().list_columns if each.edit and each.name == name), None)
        if column is None or version is None:
            raise NotFound
        record = lock(self.model, inspect(self.record(pk)).identity[0], version=version)
        form = self.make_form(record)
        for field in form:
            if field.short_name != name and hasattr(record, field.short_name):
                field.process(None, self.present(record, field.short_name))
        if not form[name].validate(form):
            raise Invalid(errors=[{"field": name, "code": "invalid", "message": str(words)} for words in form[name].errors])
        record = self._operation("update")(record, actor=self.actor, now=clock.now(), **values_of(form))
        db.session.flush()
        return {"value": getattr(record, name), "shown": str(cell_of(record, column, self.flow())), "version": record.version}

    def _operation(self, name: str) -> Callable[..., Any]:
        """The operation as declared on the class, not bound to the view."""
        found: Callable[..., Any] = getattr(type(self), name)
        return found

    def _refused(self, form: FlaskForm, refusal: Refusal, pk: int | None = None) -> Response:
        """The form again with what was typed and the refusal beside its field."""
        take_back(refusal)
        errors_into(form, refusal)
        return self._form_page(form, self.record(pk) if pk is not None else None, status=refusal.status)

    def _forget_draft(self, pk: int) -> None:
        keeps = keeping.keeper()
        if keeps:
            keeps.forget_draft(self.actor, self.name, pk)

    def _fresh_form(self, form: FlaskForm, record: Any = None) -> Response:
        """The form, with the draft that there is of it offered, or filled in when `?draft=yes` asks for it."""
        keeps, pk = keeping.keeper(), inspect(record).identity[0] if record is not None else 0
        draft = keeps.draft(self.actor, self.name, pk) if keeps else None
        if draft is None or request.args.get("draft") != "yes":
            return self._form_page(form, record, draft=draft)
        form.process(MultiDict(draft.typed), obj=record)
        return self._form_page(form, record, version=(draft.typed.get("version") or [""])[0])

    def _form_page(self, form: FlaskForm, record: Any = None, status: int = 200, conflicts: Any = (), **more: Any) -> Response:
        words = _("修改%(what)s", what=self.singular) if record is not None else self.add_label or _("新建%(what)s", what=self.singular)
        return self.render(self.form_template, status=status, form=form, record=record, page_title=words, conflicts=conflicts, **more)

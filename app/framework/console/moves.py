"""Buttons from the flow: which moves a record offers to the actor, what they ask, and how the answers are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Invalid, Refusal
from app.core.flows import Ask, Flow, Move
from app.core.money import NotAnAmount, parse_yuan
from app.extensions import db
from app.framework.console.columns import LineChoice
from app.framework.database import get
from app.framework.flow import WrongState, move

BULK_AT_MOST = 200
CONFIRMED = "confirmed_amount"


@dataclass(frozen=True)
class Button:
    """A move as a button: where it posts to, whether it opens a dialog first, and the lines it may ask about."""

    move: Move
    url: str
    record: Any
    lines: tuple[LineChoice, ...] = ()

    @property
    def dialog(self) -> bool:
        """True when something is asked or confirmed before the move is made."""
        return bool(self.move.asks or self.move.confirm or self.move.confirm_amount or self.move.style == "danger")

    @property
    def name(self) -> str:
        """The id of its dialog."""
        return f"move-{self.move.name}"


@dataclass
class Outcome:
    """What became of one record of a bulk move."""

    record: Any
    label: str
    error: str = ""


def answers_of(step: Move, form: Mapping[str, str], lines: tuple[LineChoice, ...] = ()) -> dict[str, Any]:
    """What the form answers to the asks of a move. Raises Invalid with an error for each answer that does not fit."""
    answers: dict[str, Any] = {}
    errors: list[dict[str, Any]] = []
    for ask in step.asks:
        try:
            answers[ask.name] = _read(ask, form, lines)
        except Refusal as refusal:
            errors.append({"field": ask.name, "code": refusal.code, "message": str(refusal)})
    if errors:
        raise Invalid(errors=errors)
    return answers


class NotOffered(Refusal):
    """The answer is none of those offered."""

    code = "move.not_offered"
    status = 422
    sentence = _l("“%(label)s”只能选列出的")


class WrongAmount(Refusal):
    """The amount typed to confirm is not the amount at stake."""

    code = "move.wrong_amount"
    status = 422
    sentence = _l("金额对不上，核对后再输入一次；什么都没有改")


def confirm_amount(step: Move, records: Iterable[Any], form: Mapping[str, str]) -> None:
    """Nothing, when the person typed the amount that the records add up to (or the move asks for none). Raises Invalid otherwise."""
    if not step.confirm_amount:
        return
    due = amount_due(step, records)
    try:
        typed = parse_yuan(form.get(CONFIRMED, "").strip())
    except NotAnAmount:
        typed = None
    if typed != due:
        raise Invalid(errors=[{"field": CONFIRMED, "code": WrongAmount.code, "message": str(WrongAmount())}])


def amount_due(step: Move, records: Iterable[Any]) -> int:
    """Fen that the records of a move add up to."""
    return sum(getattr(record, step.confirm_amount) for record in records)


def answers_to_undo(step: Move, undone: Any) -> dict[str, Any]:
    """What taking back answers to the reasons that the other move asks for."""
    return {ask.name: str(_l("撤销：%(what)s", what=undone)) for ask in step.asks if ask.kind == "text"}


def _read(ask: Ask, form: Mapping[str, str], lines: tuple[LineChoice, ...]) -> Any:
    if ask.kind == "lines":
        return {line.key: taken for line in lines if (taken := _line(ask, line, form.get(f"{ask.name}-{line.key}", "")))}
    text = form.get(ask.name, "").strip().replace("\x00", "")
    if not text:
        return None if ask.kind == "money" else ""
    if ask.kind == "money":
        return parse_yuan(text)
    if ask.kind == "choice" and text not in {name for name, _ in ask.choices}:
        raise NotOffered(label=ask.label)
    return text


def _line(ask: Ask, line: LineChoice, text: str) -> int:
    """How many of a line are taken."""
    text = text.strip() or "0"
    if not text.isdecimal() or not text.isascii() or int(text) > line.most:
        raise NotAnAmount(text=text[:20]) if not text.isdecimal() else NotOffered(label=ask.label)
    return int(text)


def make_move(model: type[Any], pk: int, name: str, *, actor: Actor, now: datetime, **answers: Any) -> tuple[Any, bool]:
    """Make the move; returns the record and whether anything happened. A second click on a move already made changes nothing."""
    record = get(model, pk)
    flow: Flow = model.__flow__
    try:
        return move(record, name, actor=actor, now=now, **answers), True
    except WrongState:
        db.session.refresh(record)
        if record.status == flow[name].target:
            return record, False
        raise


def make_moves(model: type[Any], pks: list[int], name: str, *, actor: Actor, now: datetime, label: Any, **answers: Any) -> list[Outcome]:
    """Make the move on each record by itself: one that is refused leaves the others alone. In key order, so locks never cross."""
    outcomes = []
    for pk in sorted(set(pks)):
        record = get(model, pk)
        words = label(record)
        try:
            with db.session.begin_nested():
                move(record, name, actor=actor, now=now, **answers)
            outcomes.append(Outcome(record, words))
        except Refusal as refusal:
            outcomes.append(Outcome(record, words, str(refusal)))
    return outcomes

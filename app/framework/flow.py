"""`move` is the only way in which a status changes.

It locks the row, checks role, source state and guard, sets the state, publishes `record_moved` (the timeline is one of its
readers), runs the effect, all in the caller's transaction; the news comes first so that moves within moves read in order.
Assigning a status anywhere else raises.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from importlib import import_module
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import event, inspect

from app.core.actors import Actor
from app.core.errors import Forbidden, Invalid, Refusal
from app.core.flows import Flow, Move
from app.extensions import db
from app.framework.database import lock
from app.framework.events import publish

Record = TypeVar("Record", bound=Any)

_moving: ContextVar[bool] = ContextVar("inside move()", default=False)


class WrongState(Refusal):
    """The record is no longer in a state from which this move starts."""

    code = "flow.wrong_state"
    status = 409
    sentence = _l("现在是“%(state)s”，不能再%(move)s")


class StatusIsMoved(RuntimeError):
    """Code set a status directly; use `move`."""


def late(path: str) -> Callable[..., Any]:
    """A function named as `module:function`, looked up when called: flows stand beside models, effects beside operations."""
    module, _, name = path.partition(":")

    def call(*arguments: Any, **named: Any) -> Any:
        return getattr(import_module(module), name)(*arguments, **named)

    return call


def guard_status(model: type[Any], flow: Flow, column: str = "status") -> None:
    """Make `flow` the owner of `model.status`: a new record may only be born in the first state, all else needs `move`."""
    model.__flow__ = flow

    @event.listens_for(getattr(model, column), "set", propagate=True)
    def _refuse(target: Any, value: str, old: Any, _: Any) -> None:
        if not _moving.get() and value not in {flow.first, old}:
            raise StatusIsMoved(f"{type(target).__name__}.{column} = {value!r}: use app.framework.flow.move")


def move(record: Record, name: str, *, actor: Actor, now: datetime, **answers: Any) -> Record:
    """Make the move `name` of the record's flow; return the record, locked and changed.

    Raises WrongState, Forbidden, Invalid (an answer is missing or too long), or what guard and effect raise; then nothing changed.
    """
    flow: Flow = type(record).__flow__
    step = flow[name]
    db.session.flush()
    record = lock(type(record), inspect(record).identity[0])
    _check(flow, step, record, actor, answers)
    if step.guard:
        step.guard(record, now)
    before = record.status
    token = _moving.set(True)
    try:
        record.status = step.target  # written with what the effect sets, so that constraints see both
    finally:
        _moving.reset(token)
    publish("record_moved", record=record, flow=flow, move=step, before=before, actor=actor, now=now, answers=answers)
    if step.effect:
        step.effect(record, actor=actor, now=now, **answers)
    db.session.flush()
    publish("happened", act=f"{flow.name}.{step.name}", record=record, reason=str(answers.get("reason") or ""), actor=actor, now=now)
    return record


def _check(flow: Flow, step: Move, record: Any, actor: Actor, answers: dict[str, Any]) -> None:
    if not actor.may_act_as(step.roles):
        raise Forbidden(right=str(step.label))
    if record.status not in step.sources or (step.applies and not step.applies(record)):
        raise WrongState(state=str(flow.state(record.status).label), move=str(step.label))
    missing = [
        {"field": ask.name, "code": "required", "message": str(_l("填写%(label)s", label=ask.label))}
        for ask in step.asks if ask.required and not answers.get(ask.name)
    ]
    long = [
        {"field": ask.name, "code": "too_long", "message": str(_l("最多 %(count)d 个字", count=ask.max_length))}
        for ask in step.asks if isinstance(answers.get(ask.name), str) and len(answers[ask.name]) > ask.max_length
    ]
    if missing or long:
        raise Invalid(errors=missing + long)

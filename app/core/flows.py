"""State moves as data: the states of a thing, the moves between them, who may make each, and what it asks for.

Console buttons, API endpoints, the permission table, and the diagrams in docs/flows.md are all read from a `Flow`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Tone = Literal["mute", "wait", "run", "ok", "bad", "hold"]


@dataclass(frozen=True)
class State:
    """One state: its name in the database, the word that people see, and the tone of its chip. `final` ends the flow."""

    name: str
    label: Any
    tone: Tone = "mute"
    final: bool = False


@dataclass(frozen=True)
class Ask:
    """Something a move asks of the person: a reason, a code, a count. `kind` is text, code, choice, money, or lines."""

    name: str
    label: Any
    kind: Literal["text", "code", "choice", "money", "lines"] = "text"
    required: bool = True
    choices: tuple[tuple[str, Any], ...] = ()
    max_length: int = 200


@dataclass(frozen=True)
class Move:
    """A change of state.

    `roles` names who may make it ("system" is the platform itself); `applies(record)` says whether the move makes sense for
    this record at all (a pick-up code only for a pick-up); `effect(record, actor=, now=, **answers)` does what
    the change means, inside the same transaction; `guard(record, now)` raises a Refusal when the time is not right.
    `undo` names the move that takes it back, offered for ten seconds; `confirm_amount` names the attribute (fen) whose amount the
    person types again before money is approved or paid.
    """

    name: str
    label: Any
    sources: tuple[str, ...]
    target: str
    roles: frozenset[str]
    asks: tuple[Ask, ...] = ()
    effect: Callable[..., None] | None = None
    guard: Callable[..., None] | None = None
    applies: Callable[[Any], bool] | None = None
    style: Literal["primary", "normal", "danger"] = "normal"
    confirm: Any = ""
    api: bool = False
    undo: str = ""
    confirm_amount: str = ""


@dataclass(frozen=True)
class Flow:
    """All states and moves of one kind of record; the first state is where it begins."""

    name: str
    title: Any
    states: tuple[State, ...]
    moves: tuple[Move, ...]
    index: dict[str, State] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.index.update({state.name: state for state in self.states})
        for move in self.moves:
            unknown = {*move.sources, move.target} - set(self.index)
            if unknown:
                raise ValueError(f"{self.name}.{move.name} names unknown states {sorted(unknown)}")
            if move.undo and not any(other.name == move.undo and move.target in other.sources for other in self.moves):
                raise ValueError(f"{self.name}.{move.name} cannot be taken back by {move.undo}")

    def __getitem__(self, move: str) -> Move:
        """The move of that name; KeyError when there is none."""
        for candidate in self.moves:
            if candidate.name == move:
                return candidate
        raise KeyError(move)

    @property
    def first(self) -> str:
        """The state in which a record is born."""
        return self.states[0].name

    def state(self, name: str) -> State:
        """The state of that name."""
        return self.index[name]

    def open_moves(self, record: Any, roles: Iterable[str]) -> list[Move]:
        """The moves that someone with these roles may make with `record` as it stands, in the order of the flow."""
        held = frozenset(roles)
        return [
            move for move in self.moves
            if record.status in move.sources and move.roles & held and (move.applies is None or move.applies(record))
        ]

    def next_labels(self, status: str) -> list[Any]:
        """What may come next, for the chip's caption: target labels in order, each once, without failures."""
        seen: dict[str, Any] = {}
        for move in self.moves:
            state = self.index[move.target]
            if status in move.sources and state.tone != "bad" and move.target != status:
                seen.setdefault(move.target, state.label)
        return list(seen.values())

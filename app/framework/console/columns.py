"""What a console view is made of: columns, tabs, sections, related lists, timeline items. Values only, no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, Literal

Kind = Literal["text", "money", "state", "when", "day", "phone", "ref", "percent", "count", "flag", "image"]

RIGHT_ALIGNED = frozenset({"money", "percent", "count"})


@dataclass(frozen=True)
class Column:
    """One thing shown of a record.

    `name` is an attribute, dotted through relationships (`merchant.name`), which are then loaded with the list; or any name
    when `value(record)` computes it. `kind` picks the format: money is fen, percent is ppm, when is UTC. `link` leads to
    the record; `to(record)` leads elsewhere. `sub` is an attribute shown small below. `sort` and `total` need a column of the
    database. `choices` gives words to stored values. `strong` is for the figure that matters most; `phone` False hides it on
    small screens; `export` False leaves it out of spreadsheets. `edit` lets those who may edit the record change it in the list: a plain field
    of the view's form, saved by `update`. Among facts, `wide` takes the whole row and `big` is a headline.
    """

    name: str
    label: Any
    kind: Kind = "text"
    link: bool = False
    sub: str | None = None
    sort: bool = False
    total: bool = False
    value: Callable[[Any], Any] | None = None
    to: Callable[[Any], str | None] | None = None
    choices: Mapping[Any, Any] | None = None
    phone: bool = True
    big: bool = False
    strong: bool = False
    wide: bool = False
    export: bool = True
    edit: bool = False

    @property
    def right(self) -> bool:
        """True for figures, which stand right-aligned."""
        return self.kind in RIGHT_ALIGNED

    @cached_property
    def classes(self) -> str:
        """The classes of its cells in a list."""
        parts = {
            "by-num": self.right, "by-right": self.right or self.kind in {"state", "when"}, "by-nowrap": self.kind in {"when", "phone", "day"},
            "by-strong": self.strong, "by-hide": not self.phone,
        }
        return " ".join(name for name, used in parts.items() if used)

    def of(self, record: Any) -> Any:
        """The value of this column in `record`; None where a relationship on the way is absent."""
        return self.value(record) if self.value else follow(record, self.name)

    @cached_property
    def reader(self) -> Callable[[Any], Any]:
        """`of` as a function that is as short as this column allows, for the hundreds of cells of a page."""
        return self.value or (self.of if "." in self.name else attrgetter(self.name))


def follow(record: Any, path: str) -> Any:
    """The attribute at the dotted `path`, None as soon as one step is None."""
    for step in path.split("."):
        if record is None:
            return None
        record = getattr(record, step)
    return record


@dataclass(frozen=True)
class Tab:
    """A saved view above a list, with a capped count. Keyword criteria are equalities, a tuple means any of them;
    `where(model)` is for what an equality cannot say. `urgent` marks a count that should not wait."""

    name: str
    label: Any
    where: Callable[[Any], Any] | None = None
    urgent: bool = False
    criteria: tuple[tuple[str, Any], ...] = ()

    def __init__(
        self, name: str, label: Any, where: Callable[[Any], Any] | None = None, urgent: bool = False, **criteria: Any,
    ) -> None:
        """Keep the criteria as pairs, in the order given."""
        for attribute, value in (("name", name), ("label", label), ("where", where), ("urgent", urgent)):
            object.__setattr__(self, attribute, value)
        object.__setattr__(self, "criteria", tuple(criteria.items()))


@dataclass(frozen=True)
class Section:
    """A card of a record's page: a table (`columns` over `rows(record)`), or a `template` that gets `record` and what
    `context(record)` returns. `note` is the small text in the card's head; `aside` puts it in the right-hand column, `wide` above both."""

    title: Any
    template: str = ""
    columns: tuple[Column, ...] = ()
    rows: Callable[[Any], Sequence[Any]] | None = None
    context: Callable[[Any], Mapping[str, Any]] | None = None
    note: Any = ""
    aside: bool = False
    wide: bool = False
    when: Callable[[Any], bool] | None = None
    name: str = ""

    @property
    def key(self) -> str:
        """What rules about who sees it call the section; empty for one that is always there."""
        return f"section:{self.name}" if self.name else ""


@dataclass(frozen=True)
class Related:
    """Records of another console view that point here through `column`: shown as a short list with a way to all of them."""

    view: Any
    column: str
    label: Any = None
    limit: int = 8


@dataclass(frozen=True)
class Lead:
    """A way from a record to another page: what is there, how many (0 for one record that is named), and the address."""

    kind: Any
    words: str
    url: str
    count: int = 0


@dataclass(frozen=True)
class Action:
    """A button of a view that is not a move: a link, or a POST to `endpoint`. Needs the permission `method` (without can_)."""

    label: Any
    endpoint: str
    method: str
    icon: str = ""
    post: bool = False
    primary: bool = False
    danger: bool = False
    confirm: Any = ""
    when: Callable[[Any], bool] | None = None
    new_tab: bool = False


@dataclass(frozen=True)
class Difference:
    """A field that changed: what it was, what it became. `field` is its name as the timeline stores it."""

    label: Any
    before: Any
    after: Any
    field: str = ""


@dataclass(frozen=True)
class TimelineItem:
    """One act in the story of a record: when (UTC), who, what became true, why, and what changed.

    `key` names the act, `changes` holds field → [before, after] as stored, `back` is the address that puts the values before it back.
    """

    at: datetime
    who: Any
    what: Any
    why: str = ""
    differences: tuple[Difference, ...] = field(default=())
    bad: bool = False
    key: int | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    back: str = ""


@dataclass(frozen=True)
class LineChoice:
    """A line that a move with an ask of kind "lines" may take: its key, its words, how many at most, fen each."""

    key: int
    label: Any
    most: int
    price: int | None = None

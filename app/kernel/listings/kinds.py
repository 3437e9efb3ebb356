"""What a trade says of its listings: which fields are reviewed, what customers find, how the desk shows and decides them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l

from app.framework.flow import late
from app.kernel.approvals.models import Case
from app.kernel.approvals.reviewables import Fact, Paper, Presentation, Reviewable
from app.kernel.approvals.rules import RISK_WORDS
from app.kernel.files.links import public_address

MODERATION = "app.kernel.listings.moderation"


@dataclass(frozen=True)
class Found:
    """What the index knows of a listing: title and detail are searched, `price` is where it begins (fen), `place` latitude and longitude,
    `cover` the key of a public picture."""

    title: str
    detail: str = ""
    price: int | None = None
    place: tuple[float, float] | None = None
    cover: str = ""


@dataclass(frozen=True)
class ListingKind:
    """A kind of thing on sale, `<trade>.<noun>`, with its model (which has the columns of `Listed` and the flow of `listing_flow`).

    `fields` names what is reviewed, in the desk's order. `values(subject)` gives them as JSON values, by default the columns of those names;
    `readable(values)` says them in words. `changes(approved, values)` names what differs; by default the fields that do. `apply(subject, values)`
    puts a proposed version in place; by default it sets the columns. `found(subject)` is what customers search, None for a kind that is not
    searched. `pictures` names the field that holds keys of public pictures.
    """

    kind: str
    title: Any
    model: type[Any]
    fields: Mapping[str, Any]
    values: Callable[[Any], Mapping[str, Any]] | None = None
    readable: Callable[[Mapping[str, Any]], Mapping[str, str]] | None = None
    changes: Callable[[Mapping[str, Any], Mapping[str, Any]], Iterable[str]] | None = None
    apply: Callable[[Any, Mapping[str, Any]], None] | None = None
    found: Callable[[Any], Found] | None = None
    label: Callable[[Any], str] = field(default=lambda subject: str(subject.label))
    link: Callable[[int], str] | None = None
    pictures: str = "images"
    words: Sequence[str] = RISK_WORDS
    watched: frozenset[str] | None = None
    mode: str = "changed_fields"
    minutes: int = 120

    def __post_init__(self) -> None:
        self.model.__listing__ = self

    @property
    def trade(self) -> str:
        """The trade that it belongs to."""
        return self.kind.partition(".")[0]

    def values_of(self, subject: Any) -> dict[str, Any]:
        """The reviewed fields as they stand."""
        return dict(self.values(subject) if self.values else {name: getattr(subject, name) for name in self.fields})

    def words_of(self, values: Mapping[str, Any]) -> dict[str, str]:
        """The same in words, for reviewers and for the search of risk words."""
        if self.readable:
            return dict(self.readable(values))
        return {name: " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value) for name, value in values.items()}

    def changed(self, approved: Mapping[str, Any], values: Mapping[str, Any]) -> set[str]:
        """Names of what differs from the approved version."""
        if self.changes:
            return set(self.changes(approved, values))
        return {name for name in values if approved.get(name) != values[name]}

    def put(self, subject: Any, values: Mapping[str, Any]) -> None:
        """The version is what stands."""
        if self.apply:
            self.apply(subject, values)
            return
        for name, value in values.items():
            setattr(subject, name, value)

    @cached_property
    def review(self) -> Reviewable:
        """How it joins the review desk."""
        return Reviewable(
            self.kind, self.title, approve=late(f"{MODERATION}:approve_listing"), reject=late(f"{MODERATION}:reject_listing"), present=self._present,
            fields=self.fields, words=self.words, minutes=self.minutes, mode=self.mode,
            watched=self.watched if self.watched is not None else frozenset(self.fields),
            link=(lambda case: self.link(case.subject_id)) if self.link else None, recall=late(f"{MODERATION}:recall_listing"),
            again=late(f"{MODERATION}:appeal_listing"),
        )

    def _present(self, case: Case) -> Presentation:
        lines = tuple(Fact(label, case.snapshot.get(name, ""), name=name) for name, label in self.fields.items() if name != self.pictures)
        keys = (case.snapshot.get(self.pictures) or "").split()
        caption = case.subject_label
        papers = tuple(Paper(_l("图片 %(number)s", number=number), address=public_address(key) or "", caption=caption) for number, key in enumerate(keys, 1))
        return Presentation(sections=((self.title, lines),), papers=papers)


def kind_of(subject: Any) -> ListingKind:
    """The kind that the record's model was declared for."""
    return type(subject).__listing__


def listing_kinds() -> dict[str, ListingKind]:
    """Every kind that manifests name."""
    return {listing.kind: listing for manifest in current_app.extensions["manifests"] for listing in manifest.listings}

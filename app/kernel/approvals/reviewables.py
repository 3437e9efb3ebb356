"""What can be reviewed: a trade says so in its manifest, and the review desk shows and decides it without knowing the trade."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l

from app.framework.flow import late
from app.framework.manifest import Manifest
from app.kernel.approvals.rules import RISK_WORDS
from app.kernel.files.models import StoredFile

APPLICATIONS, DOCUMENTS = "app.kernel.approvals.operations.applications", "app.kernel.approvals.operations.documents"


@dataclass(frozen=True)
class Fact:
    """A line of data: its label and value; `note` with its `tone` says what a check found; `name` is its name in the snapshot;
    `hidden` marks a masked value that a reviewer may ask to see."""

    label: Any
    value: Any
    note: Any = ""
    tone: str = ""
    name: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Paper:
    """A document or picture beside the data. `file` is a private one; `address` that of a public picture; both empty when it is missing."""

    label: Any
    file: StoredFile | None = None
    address: str = ""
    caption: Any = ""
    tone: str = "ok"


@dataclass(frozen=True)
class Presentation:
    """What the desk shows of a case: cards of facts, and papers."""

    sections: tuple[tuple[Any, tuple[Fact, ...]], ...] = ()
    papers: tuple[Paper, ...] = ()


@dataclass(frozen=True)
class Reviewable:
    """A kind of thing that reviewers decide on.

    `kind` is `<trade>.<noun>`. `approve(case, actor=, now=)`, `reject(case, actor=, now=, reason=)` and `ask(…)` carry the decision out, in
    its transaction. `fields` gives labels to the names of a snapshot, a mapping or `fields(case)`. `present(case)` returns a Presentation;
    without it the snapshot is shown as it is. `reveal(case)` returns name → full value of what is masked. `minutes` is the promise when no
    policy says otherwise, `mode` the policy, `watched` the names whose change is reviewed. `recall(case, actor=, now=, reason=)` brings a
    subject back to the desk whose approval was wrong; `again(case, actor=, now=)` hands a rejected one in again for an appeal and returns its
    case.
    """

    kind: str
    title: Any
    approve: Callable[..., None]
    reject: Callable[..., None]
    ask: Callable[..., None] | None = None
    present: Callable[[Any], Presentation] | None = None
    reveal: Callable[[Any], Mapping[str, str]] | None = None
    fields: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]] = field(default_factory=dict)
    words: Sequence[str] = RISK_WORDS
    minutes: int = 120
    mode: str = "all"
    watched: frozenset[str] = frozenset()
    link: Callable[[Any], str | None] | None = None
    recall: Callable[..., None] | None = None
    again: Callable[..., Any] | None = None

    def labels(self, case: Any) -> Mapping[str, Any]:
        """Name in the snapshot → label."""
        return self.fields(case) if callable(self.fields) else self.fields

    def shown(self, case: Any) -> Presentation:
        """What the desk shows."""
        if self.present:
            return self.present(case)
        labels = self.labels(case)
        facts = tuple(Fact(labels.get(name, name), value, name=name) for name, value in case.snapshot.items())
        return Presentation(sections=((_l("资料"), facts),))


def reviewables() -> dict[str, Reviewable]:
    """Every reviewable by kind: those that manifests name, and for each trade that demands documents its application and their renewal."""
    found: dict[str, Reviewable] | None = current_app.extensions.get("reviewables")
    if found is None:
        found = {}
        for manifest in current_app.extensions["manifests"]:
            for each in (*manifest.reviewables, *(listing.review for listing in manifest.listings), *_of_trade(manifest)):
                found[each.kind] = each
        current_app.extensions["reviewables"] = found
    return found


def reviewable(kind: str) -> Reviewable:
    """The reviewable of that kind; KeyError when no package brings it."""
    return reviewables()[kind]


def title_of(kind: str) -> str:
    """What a kind is called; the kind itself when its trade is switched off."""
    found = reviewables().get(kind)
    return str(found.title) if found else kind


def trade_of(name: str) -> Manifest | None:
    """The manifest of a trade that takes applications, None when there is none of that name."""
    return next((each for each in open_trades() if each.name == name), None)


def open_trades() -> list[Manifest]:
    """The trades that merchants may apply to: those that say which documents they demand."""
    return [each for each in current_app.extensions["manifests"] if each.documents]


def _of_trade(manifest: Manifest) -> tuple[Reviewable, ...]:
    if not manifest.documents:
        return ()
    application = Reviewable(
        f"{manifest.name}.application", _l("%(trade)s入驻", trade=manifest.title),
        approve=late(f"{APPLICATIONS}:approve_application"), reject=late(f"{APPLICATIONS}:reject_application"),
        ask=late(f"{APPLICATIONS}:ask_application"), present=late("app.kernel.approvals.presenting:present_application"),
        reveal=late("app.kernel.approvals.presenting:reveal_application"), fields=late("app.kernel.approvals.presenting:application_labels"),
        again=late(f"{APPLICATIONS}:hand_in_again"),
    )
    document = Reviewable(
        f"{manifest.name}.document", _l("%(trade)s换证", trade=manifest.title),
        approve=late(f"{DOCUMENTS}:approve_document"), reject=late(f"{DOCUMENTS}:reject_document"),
        present=late("app.kernel.approvals.presenting:present_document"),
        fields={"kind": _l("证照"), "number": _l("编号"), "expires_on": _l("有效期至")},
    )
    return application, document

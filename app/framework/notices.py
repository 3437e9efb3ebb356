"""Notices as packages declare them: what makes one, who gets it, its words and variables. `app.kernel.notices` writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.actors import Actor


@dataclass(frozen=True)
class Variable:
    """`{name}` in the words of a notice. `required` ones may not be left out of them."""

    name: str
    label: Any
    sample: Any
    required: bool = False


@dataclass(frozen=True)
class Happening:
    """What happened to a record: a move that is done (`application.approve`) or another act that a package publishes as `happened`."""

    act: str
    reason: str
    actor: Actor


@dataclass(frozen=True)
class Told:
    """Whom to tell, where the notice leads, and what its variables are.

    People: one user, or those with one of `roles` in the merchant, or without a merchant on the platform; never whoever did it,
    unless named as the user. Or a customer, in the inbox of the mini-program: `endpoint` is then a page there, `keys` its query, and `merchant_id`
    whose message it is.
    """

    endpoint: str
    keys: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    merchant_id: int | None = None
    roles: frozenset[str] = frozenset()
    user_id: int | None = None
    customer_id: int | None = None


@dataclass(frozen=True)
class NoticeKind:
    """A notice that follows one of these acts (`application.approve`, `refund_case.asked`).

    `tell(record, happening)` says whom to tell, None for nobody. `heading` and `text` are the words until staff change them;
    `texted` whether it also goes out as a text message until staff say otherwise. `to` says in words who gets it; `customers` that they are
    customers, who may have it pushed.
    """

    name: str
    title: Any
    to: Any
    after: tuple[str, ...]
    tell: Callable[[Any, Happening], Told | None]
    heading: Any
    text: Any
    variables: tuple[Variable, ...] = ()
    texted: bool = False
    customers: bool = False

"""Who acts, and whose rows they may reach. Both are arguments of every operation; a job and a person take the same path."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["staff", "member", "customer", "system", "public"]


@dataclass(frozen=True)
class Scope:
    """The rows that may be read and written: everything, one merchant's, one customer's, or what is public.

    `kind` "all" is staff and jobs; "merchant" carries a merchant id, "customer" a customer id; "public" neither.
    The scope is the only thing that the ownership hook and the row-level policies look at.
    """

    kind: Literal["all", "merchant", "customer", "public"]
    id: int | None = None

    def as_setting(self) -> str:
        """How PostgreSQL is told: `all`, `merchant:12`, `customer:7`, `public`."""
        return self.kind if self.id is None else f"{self.kind}:{self.id}"


EVERYTHING = Scope("all")
PUBLIC = Scope("public")


@dataclass(frozen=True)
class Actor:
    """Who does it: `kind` and `id` name the person, `roles` what they may do, `scope` whose rows they reach."""

    kind: Kind
    id: int | None
    name: str
    roles: frozenset[str] = field(default_factory=frozenset)
    scope: Scope = PUBLIC
    address: str = ""

    @property
    def merchant_id(self) -> int | None:
        """The merchant that a member acts for."""
        return self.scope.id if self.scope.kind == "merchant" else None

    def may_act_as(self, roles: frozenset[str]) -> bool:
        """True when one of the roles that a move names is held."""
        return bool(self.roles & roles)


def system(name: str) -> Actor:
    """The platform itself: a job, a callback, the clock. `name` is what the timeline shows."""
    return Actor(kind="system", id=None, name=name, roles=frozenset({"system"}), scope=EVERYTHING)


ANYBODY = Actor(kind="public", id=None, name="", scope=PUBLIC)

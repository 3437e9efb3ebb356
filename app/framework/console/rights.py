"""Which role may use which method of which view: read from the manifests, kept in memory, asked without a query."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.framework.manifest import Manifest

ADMIN = "Admin"
MENU, ADD = "menu_access", "can_add"
IN_TRADE = "in:"  # before the name of a trade: a member of a merchant holds one for each trade that the merchant is in
IN_NONE = f"{IN_TRADE}-"  # what a member holds whose merchant is in no trade yet


@dataclass
class Rights:
    """All rights of the application: `of` maps a role to its (permission, view) pairs, `labels` says them in words.

    `merchant_only` names the views that only members of merchants may hold: they work on "my shop", which the platform has not. `merchants_begin`
    names those whose new records are of one's own shop, though the platform sees them too. `trades` says in
    which trades a merchant must be for its members to open a view, where that matters.
    """

    of: Mapping[str, frozenset[tuple[str, str]]]
    labels: dict[tuple[str, str], Any] = field(default_factory=dict)
    roles: dict[str, Any] = field(default_factory=dict)
    merchant_only: frozenset[str] = frozenset()
    merchants_begin: frozenset[str] = frozenset()
    trades: Mapping[str, frozenset[str]] = field(default_factory=dict)
    known: dict[tuple[frozenset[str], str, str], bool] = field(default_factory=dict, repr=False)

    def allow(self, roles: Iterable[str], permission: str, view: str) -> bool:
        """True when one of the roles holds the permission on the view; Admin holds all but the merchants' own pages and what they begin."""
        if not isinstance(roles, frozenset):
            return self._allow(roles, permission, view)
        asked = roles, permission, view
        if asked not in self.known:
            self.known[asked] = self._allow(roles, permission, view)
        return self.known[asked]

    def _allow(self, roles: Iterable[str], permission: str, view: str) -> bool:
        roles = list(roles)
        all_of_it = view not in self.merchant_only and not (permission == ADD and view in self.merchants_begin)
        held = any((role == ADMIN and all_of_it) or (permission, view) in self.of.get(role, frozenset()) for role in roles)
        return held and self.in_trade(roles, view)

    def in_trade(self, roles: Iterable[str], view: str) -> bool:
        """False for members of a merchant that is in none of the trades that the view (or home card) is for; roles that say no trade are not asked."""
        trades, places = self.trades.get(view), {role.removeprefix(IN_TRADE) for role in roles if role.startswith(IN_TRADE)}
        return not trades or not places or bool(trades & places)

    def holders(self, permission: str, view: str) -> list[Any]:
        """The labels of the roles that hold a right: whom somebody without it can ask."""
        return [self.roles.get(role, role) for role in self.roles if self.allow([role], permission, view)]

    def as_fab_roles(self) -> dict[str, list[list[str]]]:
        """The same as FAB_ROLES: anchored, escaped patterns, because FAB matches prefixes."""
        found: dict[str, list[list[str]]] = {ADMIN: [[".*", ".*"]]}
        for role, pairs in self.of.items():
            by_view: dict[str, list[str]] = defaultdict(list)
            for permission, view in sorted(pairs):
                by_view[view].append(re.escape(permission))
            if role != ADMIN:
                found[role] = [[f"{re.escape(view)}$", f"({'|'.join(names)})$"] for view, names in by_view.items()]
        return found


def rights_of(manifests: Iterable[Manifest]) -> Rights:
    """Grants of all manifests as rights. A move of a view's flow belongs to the roles that the flow names, as far as they
    may see the view; "*" grants every method of the view that is not a move."""
    manifests = list(manifests)
    views = {view.name: view for manifest in manifests for view in manifest.views if getattr(view, "name", "")}
    of: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for manifest in manifests:
        for grant in manifest.grants:
            view = views.get(grant.view)
            if view is None:
                raise LookupError(f"{manifest.name} grants {grant.role} rights on {grant.view}, which is no view")
            of[grant.role] |= {(f"can_{method}", grant.view) for method in _methods(view, grant.methods)} | {(MENU, grant.view)}
    for view in views.values():
        for move in view.moves():
            for role in move.roles:
                if any((right, view.name) in of[role] for right in ("can_show", "can_list")):
                    of[role].add((f"can_{move.name}", view.name))
    roles = {role.name: role.label for manifest in manifests for role in manifest.roles}
    return Rights(
        {role: frozenset(pairs) for role, pairs in of.items()}, roles=roles, merchant_only=_merchant_only(manifests),
        merchants_begin=_merchants_begin(manifests, of), trades=trades_of(manifests),
    )


def _merchants_begin(manifests: Iterable[Manifest], of: Mapping[str, set[tuple[str, str]]]) -> frozenset[str]:
    """Views to which roles of merchants may add, and no role of the platform."""
    platform = {role.name for manifest in manifests for role in manifest.roles if role.side == "platform"}
    adds = {role: {view for right, view in pairs if right == ADD} for role, pairs in of.items()}
    begun = frozenset[str]().union(*(views for role, views in adds.items() if role not in platform))
    return begun.difference(*(views for role, views in adds.items() if role in platform))


def trades_of(manifests: Iterable[Manifest]) -> dict[str, frozenset[str]]:
    """View or home card → the trades that it is for: its own trade's, or those that use its package; a package that no trade names is for all."""
    manifests = list(manifests)
    users: dict[str, set[str]] = defaultdict(set)
    for manifest in manifests:
        for package in ((manifest.name, *manifest.uses) if manifest.documents else ()):
            users[package].add(manifest.name)
    names = {manifest.name: [each.name for each in (*manifest.views, *manifest.home) if getattr(each, "name", "")] for manifest in manifests}
    return {name: frozenset(users[package]) for package, found in names.items() if users[package] for name in found}


def _merchant_only(manifests: Iterable[Manifest]) -> frozenset[str]:
    """Views granted to roles of merchants and to no role of the platform."""
    manifests = list(manifests)
    sides = {role.name: role.side for manifest in manifests for role in manifest.roles}
    holders: dict[str, set[str]] = defaultdict(set)
    for manifest in manifests:
        for grant in manifest.grants:
            holders[grant.view].add(sides.get(grant.role, "merchant"))
    return frozenset(view for view, held in holders.items() if held == {"merchant"})


def _methods(view: Any, methods: Iterable[str]) -> set[str]:
    moves = {move.name for move in view.moves()}
    named = set(methods)
    if "*" in named:
        named = (named - {"*"}) | (set(view.methods()) - moves)
    unknown = named - set(view.methods()) - moves
    if unknown:
        raise LookupError(f"{view.name} has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(view.methods()))}")
    return named

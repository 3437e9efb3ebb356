"""A manifest is the table of contents of a package: what it brings, by name. The factory reads nothing else.

Kernel packages and trades use the same class; a trade also says its title, icon, and group in the menu.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from app.core.flows import Flow
from app.framework.console.columns import Lead, Related
from app.framework.importing import Importer
from app.framework.notices import NoticeKind
from app.framework.queue import Job
from app.framework.settings import Setting


@dataclass(frozen=True)
class Role:
    """A role of people: `label` for the console, `sentence` that says what it may do, `side` platform or merchant."""

    name: str
    label: Any
    sentence: Any
    side: str = "merchant"


@dataclass(frozen=True)
class DocumentDemand:
    """A document that an applicant of the trade must hand in: `expires` when it has an end date; `encrypted` on disk."""

    kind: str
    label: Any
    expires: bool = False
    encrypted: bool = False
    required: bool = True
    many: int = 1


@dataclass(frozen=True)
class Category:
    """A kind of merchant that a trade tells apart from its application on: a bakery among restaurants. Fields may belong to one."""

    name: str
    label: Any


@dataclass(frozen=True)
class FeeDefault:
    """A fee of the trade as the price list starts with it. `item` is the mission's R, `about` what it is taken on where `base` is not of an order.

    `method` says how it is reckoned: `ppm` of `base` plus `fen`; `per_unit` and `per_order` in fen; `per_period` in fen for each `period` (day,
    week, month, year, or once). `bracket` is the range of ppm that the trade usually charges. `payer` pays it to `payee`; `income` and `tax_class`
    say what it is in the books.
    """

    kind: str
    label: Any
    item: str
    ppm: int = 0
    fen: int = 0
    base: str = "after_merchant_coupon"
    payer: str = "merchant"
    payee: str = "platform"
    method: str = "ppm"
    period: str = ""
    about: Any = ""
    bracket: tuple[int, int] | None = None
    income: str = "commission"
    tax_class: str = "agency"


@dataclass(frozen=True)
class Entitlement:
    """Something that a plan may grant and that the package which declares it consumes by `name`: a `quota` of pieces, a `discount` in ppm, a
    `priority` (more is earlier), an `unlock`."""

    name: str
    kind: str
    label: Any


@dataclass(frozen=True)
class Grant:
    """Which methods of a view (or moves of its flow) a role may use; "*" for all of them."""

    role: str
    view: str
    methods: tuple[str, ...] = ("list", "show")


@dataclass(frozen=True)
class MenuItem:
    """A line of the side bar: the view it opens, its label, icon, group, and who counts what waits behind it."""

    view: str
    endpoint: str
    label: Any
    icon: str
    group: str
    order: int = 100
    badge: Callable[[Any], int] | None = None


@dataclass(frozen=True)
class Dealable:
    """Something that may be sold in a limited-time deal: whose it is, what it is called, and what it costs otherwise, in fen."""

    merchant_id: int
    title: str
    price: int


@dataclass(frozen=True)
class Manifest:
    """Everything that a package adds to the product. Empty parts are left out.

    `words` says acts of the audit in words (`dining_order.placed` → 下单); moves of flows need none. `fields` names and formats fields in
    timelines by `table.field` or `field` (a Column), where no page of the record shows them. `related` puts short lists of the package's
    records on pages of lower packages, by the name of the view there; `leads` says ways from the pages of a model's records that no key names, those
    that the reader may go. `order_kinds` says in words what the trade tells its orders apart by (a way of serving), for rules of the price list.
    `listings` are kinds of things on sale, which are reviewables too. `products(merchant_id)` names what a merchant sells, id → name, for coupons that
    hold for some of it; `dealables(merchant_id)` what of it, or of all merchants' (None), may be in a seckill or a group price.
    """

    name: str
    title: Any
    icon: str = "list"
    group: str = ""
    order: int = 100
    roles: tuple[Role, ...] = ()
    grants: tuple[Grant, ...] = ()
    categories: tuple[Category, ...] = ()
    documents: tuple[DocumentDemand, ...] = ()
    fees: tuple[FeeDefault, ...] = ()
    order_kinds: Mapping[str, Any] = field(default_factory=dict)
    products: Callable[[int], Mapping[int, str]] | None = None
    uses: tuple[str, ...] = ()
    dealables: Callable[[int | None], Mapping[int, Dealable]] | None = None
    flows: tuple[Flow, ...] = ()
    views: tuple[type, ...] = ()
    menu: tuple[MenuItem, ...] = ()
    blueprints: tuple[Any, ...] = ()
    jobs: tuple[Job, ...] = ()
    settings: tuple[Setting, ...] = ()
    notices: tuple[NoticeKind, ...] = ()
    handlers: Mapping[str, tuple[Callable[..., None], ...]] = field(default_factory=dict)
    checks: tuple[Any, ...] = ()
    reviewables: tuple[Any, ...] = ()
    listings: tuple[Any, ...] = ()
    imports: tuple[Importer, ...] = ()
    home: tuple[Any, ...] = ()
    order_view: type | None = None
    related: Mapping[str, tuple[Related, ...]] = field(default_factory=dict)
    leads: Mapping[type, tuple[Callable[[Any], Iterable[Lead]], ...]] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    settlement: Mapping[str, Any] = field(default_factory=dict)
    entitlements: tuple[Entitlement, ...] = ()
    demo: Callable[..., Any] | None = None


def discover(package: ModuleType, only: Iterable[str] = ()) -> list[Manifest]:
    """The manifests of the packages below `package`, by `order` then name; `only` picks some by name.

    Raises LookupError for a package without a manifest, which nothing would switch on, and for a name in `only` that is no package.
    """
    wanted = set(only)
    names = {entry.name for entry in pkgutil.iter_modules(package.__path__) if entry.ispkg}
    unknown = wanted - names
    if unknown:
        raise LookupError(f"no such trade: {', '.join(sorted(unknown))}")
    bare = sorted(name for name in names if importlib.util.find_spec(f"{package.__name__}.{name}.manifest") is None)
    if bare:
        raise LookupError(f"these packages have no manifest.py: {', '.join(f'{package.__name__}.{name}' for name in bare)}")
    found: list[Manifest] = [importlib.import_module(f"{package.__name__}.{name}.manifest").manifest for name in wanted or names]
    return sorted(found, key=lambda manifest: (manifest.order, manifest.name))

"""A restaurant's shop: made on admission, changed by its people, taken off when a permit runs out. Areas and tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor
from app.core.errors import Invalid, Refusal
from app.core.identifiers import random_code
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.framework.settings import value_of
from app.kernel.audit.operations import append, differences
from app.kernel.parties.models import Merchant
from app.kernel.places.operations import cleaned, refuse_missing, set_up, take_off_expired
from app.kernel.places.rules import problem
from app.verticals.dining.models import Area, Shop, Table
from app.verticals.dining.queries import missing_before_opening, shop_of
from app.verticals.dining.shop_rules import shop_problems

TRADE = "dining"
CODE_LENGTH = 12
TABLES_AT_MOST = 500
AREAS_AT_MOST = 40
DEFAULT_HOURS = [{"day": day, "from": "10:00", "to": "22:00"} for day in range(7)]
SETTINGS = frozenset({
    "name", "cuisine", "notice", "phone", "address", "latitude", "longitude", "cover", "hours", "closed_days", "services", "accept_minutes",
    "accepts_by_itself", "cook_minutes", "packing_fee", "delivery_fee", "delivery_least", "delivery_metres",
})


class NameTaken(Refusal):
    """Another area, table, category, or dish of the shop has that name."""

    code = "dining.name_taken"
    status = 409
    sentence = _l("“%(name)s”已经有了，换一个名字")


class AreaInUse(Refusal):
    """Tables still stand in the area."""

    code = "dining.area_in_use"
    status = 409
    sentence = _l("“%(name)s”里还有 %(count)d 张桌，先移走或停用")


class TooManyTables(Refusal):
    """A shop keeps at most so many tables or areas."""

    code = "dining.too_many_tables"
    status = 422
    sentence = _l("一家店最多 %(count)d 个")


class NotReady(Refusal):
    """Customers could not find the shop, or find nothing in it."""

    code = "dining.not_ready"
    status = 409
    sentence = _l("开门前还差：%(what)s")


# ---- the shop --------------------------------------------------------------------------------------------------------

def open_shop(merchant: Merchant, *, actor: Actor, now: datetime, **values: Any) -> Shop:
    """The merchant's shop in preparation, with ordinary hours; the one it has when it already has one."""
    known = shop_of(merchant.id)
    if known is not None:
        return known
    given = _cleaned({"name": merchant.name[:60], "hours": DEFAULT_HOURS, "accept_minutes": value_of("dining.accept_within"), **values})
    shop = save(Shop(merchant_id=merchant.id, **given))
    append("dining_shop.opened", shop, actor=actor, now=now)
    return shop


def update_shop(shop: Shop, *, actor: Actor, now: datetime, version: int | None = None, **values: Any) -> Shop:
    """The shop has these settings; what changed is in the audit. Raises Invalid with each field at fault, Conflict on an old version."""
    return set_up(shop, _cleaned(values), act="dining_shop.changed", actor=actor, now=now, version=version)


def be_ready(shop: Shop, *, actor: Actor, now: datetime) -> None:
    """Effect of `open`: only a shop that customers can find and order from opens."""
    refuse_missing(missing_before_opening(shop), NotReady)


def _cleaned(values: dict[str, Any]) -> dict[str, Any]:
    """The settings as they are stored. Raises Invalid."""
    given = cleaned(values, SETTINGS, shop_problems)
    if "hours" in given:
        given["hours"] = sorted(({"day": each["day"], "from": each["from"], "to": each["to"]} for each in given["hours"]), key=_weekly)
    if "closed_days" in given:
        given["closed_days"] = sorted(set(given["closed_days"]))
    return given


def _weekly(entry: dict[str, Any]) -> tuple[int, str]:
    return entry["day"], entry["from"]


def on_merchant_admitted(*, merchant: Merchant, trade: str, actor: Actor, now: datetime, **_: Any) -> None:
    """Handler of `merchant_admitted`: a restaurant has its shop from the first minute."""
    if trade != TRADE:
        return
    with elevated():
        open_shop(merchant, actor=actor, now=now, phone=merchant.contact_phone[:20])


def on_document_expired(*, merchant: Merchant, document: Any, now: datetime, **_: Any) -> None:
    """Handler of `document_expired`: without a valid permit nothing is sold; staff put the shop back after the renewal."""
    if document.trade != TRADE:
        return
    with elevated():
        take_off_expired(shop_of(merchant.id), document, now=now)


# ---- areas and tables ------------------------------------------------------------------------------------------------

def add_area(shop: Shop, name: str, *, actor: Actor, now: datetime) -> Area:
    """A part of the restaurant, last in order."""
    hold_shop(shop)
    name = _name(name, 30)
    _refuse_taken(Area, shop, name)
    count = int(db.session.scalar(select(func.count()).select_from(Area).where(Area.shop_id == shop.id)) or 0)
    if count >= AREAS_AT_MOST:
        raise TooManyTables(field="name", count=AREAS_AT_MOST)
    area = save(Area(merchant_id=shop.merchant_id, shop_id=shop.id, name=name, position=count))
    append("dining_area.added", area, actor=actor, now=now)
    return area


def rename_area(area: Area, name: str, *, actor: Actor, now: datetime) -> Area:
    """The area is called `name`."""
    hold_shop(area.shop)
    name, before = _name(name, 30), area.name
    _refuse_taken(Area, area.shop, name, but=area.id)
    area.name = name
    append("dining_area.renamed", area, actor=actor, now=now, changes={"name": [before, name]})
    return area


def remove_area(area: Area, *, actor: Actor, now: datetime) -> None:
    """The area is gone; refused while a table stands in it, in use or not, because orders remember their table."""
    hold_shop(area.shop)
    count = int(db.session.scalar(select(func.count()).select_from(Table).where(Table.area_id == area.id)) or 0)
    if count:
        raise AreaInUse(field="name", name=area.name, count=count)
    append("dining_area.removed", area, actor=actor, now=now)
    db.session.delete(area)
    db.session.flush()


def add_tables(area: Area, tables: int | Sequence[str], *, seats: int = 4, actor: Actor, now: datetime) -> list[Table]:
    """Tables with codes of their own: one for each name, or as many as the number says, named `1 号桌` onward past the highest."""
    shop = area.shop
    hold_shop(shop)
    known = set(db.session.scalars(select(Table.name).where(Table.shop_id == shop.id)))
    names = _next_names(known, tables) if isinstance(tables, int) else [_name(each, 20) for each in tables]
    if len(known) + len(names) > TABLES_AT_MOST:
        raise TooManyTables(field="count", count=TABLES_AT_MOST)
    taken = next((name for number, name in enumerate(names) if name in known or name in names[:number]), None)
    if taken is not None:
        raise NameTaken(field="names", name=taken)
    if not 1 <= seats <= 99:
        raise Invalid(errors=[problem("seats", "range", _l("座位填 1 到 99"))])
    made = [
        Table(
            merchant_id=shop.merchant_id, shop_id=shop.id, area_id=area.id, name=name, code=random_code(CODE_LENGTH), seats=seats,
            position=len(known) + number,
        )
        for number, name in enumerate(names)
    ]
    db.session.add_all(made)
    db.session.flush()
    append("dining_area.tables_added", area, actor=actor, now=now, changes={"tables": [None, names]})
    return made


def _next_names(known: set[str], count: int) -> list[str]:
    """`1 号桌`, `2 号桌` …: the next numbers that no table has."""
    if not 1 <= count <= 100:
        raise Invalid(errors=[problem("count", "range", _l("一次加 1 到 100 张"))])
    numbers = [int(name.removesuffix(" 号桌")) for name in known if name.endswith(" 号桌") and name.removesuffix(" 号桌").isdecimal()]
    first = max(numbers, default=0) + 1
    return [f"{number} 号桌" for number in range(first, first + count)]


def update_table(table: Table, *, name: str, seats: int, actor: Actor, now: datetime) -> Table:
    """The table has this name and so many seats; its code stays, so printed signs stay good."""
    hold_shop(db.session.get_one(Shop, table.shop_id))
    name = _name(name, 20)
    _refuse_taken(Table, db.session.get_one(Shop, table.shop_id), name, but=table.id)
    if not 1 <= seats <= 99:
        raise Invalid(errors=[problem("seats", "range", _l("座位填 1 到 99"))])
    changes = differences({"name": table.name, "seats": table.seats}, {"name": name, "seats": seats})
    table.name, table.seats = name, seats
    if changes:
        append("dining_table.changed", table, actor=actor, now=now, changes=changes)
    db.session.flush()
    return table


def set_table_active(table: Table, active: bool, *, actor: Actor, now: datetime) -> Table:
    """The table's code works, or no longer does. Tables are not deleted: orders remember them."""
    table = lock(Table, table.id)
    if table.active != active:
        table.active = active
        append("dining_table.activated" if active else "dining_table.deactivated", table, actor=actor, now=now)
    return table


def renew_table_code(table: Table, *, actor: Actor, now: datetime) -> Table:
    """The table has a fresh code: whoever photographed the old one cannot order with it. The codes themselves stay out of the audit."""
    table = lock(Table, table.id)
    table.code = random_code(CODE_LENGTH)
    append("dining_table.code_renewed", table, actor=actor, now=now)
    db.session.flush()
    return table


# ---- shared ----------------------------------------------------------------------------------------------------------

def hold_shop(shop: Shop) -> None:
    """Nobody else changes this shop's menu or tables until the transaction ends; orders of customers go on."""
    db.session.execute(select(Shop.id).where(Shop.id == shop.id).with_for_update(key_share=True))


def _name(text: str, at_most: int) -> str:
    name = " ".join(text.split())
    if not name or len(name) > at_most:
        raise Invalid(errors=[problem("name", "required", _l("填写名字，最多 %(count)d 个字", count=at_most))])
    return name


def _refuse_taken(model: type[Any], shop: Shop, name: str, but: int | None = None) -> None:
    found = db.session.scalars(select(model.id).where(model.shop_id == shop.id, model.name == name)).first()
    if found is not None and found != but:
        raise NameTaken(field="name", name=name)

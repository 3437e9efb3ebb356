"""Who is in the demo's mall: merchants, their stores, cashiers, and deals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.actors import EVERYTHING, Actor, Scope, system
from app.framework.events import publish
from app.framework.flow import move
from app.kernel.parties.demo import PASSWORD
from app.kernel.parties.operations.merchants import add_member, open_merchant
from app.kernel.redemption.operations.stores import add_store, let_clerk
from app.verticals.vouchers.operations.deals import add_deal
from app.verticals.vouchers.operations.malls import put_into_mall

DEMO = system("demo")


@dataclass(frozen=True)
class DealPlan:
    """A deal: prices in fen."""

    title: str
    kind: str
    price: int
    market_price: int
    uses: int = 1
    description: str = ""
    closed_weekdays: tuple[int, ...] = ()


@dataclass(frozen=True)
class MerchantPlan:
    """A merchant of the mall: stores are (name, where in the mall or empty for one outside)."""

    name: str
    username: str
    owner: tuple[str, str]
    stores: tuple[tuple[str, str], ...]
    deals: tuple[DealPlan, ...]


@dataclass
class House:
    """A merchant as it stands: keys of stores and deals, and who acts for it."""

    merchant_id: int
    owner: Actor
    cashier: Actor
    stores: list[int]
    deals: list[int]


PLANS = (
    MerchantPlan(
        "云上茶室", "tea", ("苏", "映雪"), (("万家商场店", "3F-12"), ("老街店", "")),
        (
            DealPlan("双人下午茶", "service", 6800, 12800, description="两份甜点、两杯茶，提前两小时预约", closed_weekdays=(5, 6)),
            DealPlan("手冲茶五次卡", "card", 15000, 24000, uses=5, description="五次单人手冲茶，可与朋友同享"),
            DealPlan("100 元代金券", "coupon", 8800, 10000, description="全场可用，不找零"),
        ),
    ),
    MerchantPlan(
        "阿福烧烤", "grill", ("赵", "阿福"), (("万家商场店", "4F-03"), ("滨河店", "")),
        (
            DealPlan("双人烤肉套餐", "service", 12800, 21800, description="牛五花、猪梅花、时蔬拼盘、两碗冷面"),
            DealPlan("烤肉三次卡", "card", 36000, 65400, uses=3, description="三次双人烤肉套餐"),
        ),
    ),
    MerchantPlan(
        "小树亲子乐园", "park", ("何", "晓楠"), (("万家商场店", "2F-20"),),
        (
            DealPlan("亲子半日票", "service", 5900, 8800, description="一大一小，当天有效"),
            DealPlan("十次卡", "card", 48000, 88000, uses=10, description="一大一小，十次"),
        ),
    ),
    MerchantPlan(
        "净润洗车", "wash", ("马", "晓东"), (("万家商场地库店", "B2"),), (DealPlan("精洗三次卡", "card", 10000, 18000, uses=3, description="五座以下轿车"),),
    ),
)


def open_house(plan: MerchantPlan, mall_id: int, number: int, now: datetime) -> House:
    """The merchant with its stores, its cashier let at the first one, and its deals on sale."""
    made = open_merchant(plan.name, contact_name="".join(plan.owner), contact_phone=f"1390013{number:04d}", actor=DEMO, now=now)
    made.trades = ["vouchers"]
    move(made, "admit", actor=DEMO, now=now)
    publish("merchant_admitted", merchant=made, trade="vouchers", actor=DEMO, now=now)
    people: dict[str, Actor] = {}
    for role, username, name in (("Owner", plan.username, plan.owner), ("Cashier", f"{plan.username}-till", ("收银", plan.name[:2]))):
        member = add_member(made, username=username, password=PASSWORD, role=role, last_name=name[0], first_name=name[1], actor=DEMO, now=now)
        people[role] = Actor("member", member.user_id, member.name, frozenset({role}), Scope("merchant", made.id))
    stores = []
    for at, (name, place) in enumerate(plan.stores):
        store = add_store(
            merchant_id=made.id, name=name, address=f"青溪镇{'万家商场' if place else '老街'} {place or '18 号'}", phone="028-61230000",
            hours="每天 10:00–22:00", latitude=30.571 + at / 50, longitude=104.061 + at / 50, actor=people["Owner"], now=now,
        )
        stores.append(store.id)
        if place:
            put_into_mall(mall_id, store.id, place, actor=DEMO, now=now)
    let_clerk(store_id=stores[0], user_id=people["Cashier"].id or 0, actor=people["Owner"], now=now)
    return House(made.id, people["Owner"], people["Cashier"], stores, [])


def put_up(plan: MerchantPlan, house: House, stores: tuple[int, ...], now: datetime) -> None:
    """The merchant's deals are on sale at its stores and at `stores` of others."""
    for each in plan.deals:
        values: dict[str, Any] = {
            "title": each.title, "kind": each.kind, "price": each.price, "market_price": each.market_price, "uses": each.uses, "quantity": 500,
            "per_customer": 0, "valid_days": 30, "last_day": None, "closed_weekdays": list(each.closed_weekdays), "closed_days": [],
            "description": each.description,
        }
        deal = add_deal(merchant_id=house.merchant_id, store_ids=(*house.stores, *stores), actor=house.owner, now=now, **values)
        move(deal, "submit", actor=DEMO, now=now)
        move(deal, "approve", actor=DEMO, now=now)
        house.deals.append(deal.id)


def staff(username: str, role: str, key: int) -> Actor:
    """Somebody of the platform's staff, as an actor."""
    return Actor("staff", key, username, frozenset({role}), EVERYTHING)

"""A restaurant with a small menu, and orders that go through the real doors; payments arrive as the channel reports them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.core.actors import system
from app.framework.database import save, transaction
from app.framework.flow import move
from app.kernel.approvals.models import Case
from app.kernel.listings.moderation import approve_listing
from app.kernel.payments.channels.factory import account
from app.kernel.payments.channels.interface import ChannelPayment
from app.kernel.payments.operations.paying import confirm_payment, open_payment
from app.verticals.dining.models import Area, Category, DiningOrder, Dish, Option, OptionGroup, Shop, Size, Table
from tests.support.people import SETUP, House, Shopper, merchant

ALWAYS = [{"day": day, "from": "00:00", "to": "24:00"} for day in range(7)]


@dataclass
class Restaurant:
    """A shop that is open around the clock; `sizes` maps a dish's name to its size's id."""

    app: Flask
    house: House
    shop_id: int
    table_code: str
    sizes: dict[str, int] = field(default_factory=dict)
    options: dict[str, int] = field(default_factory=dict)

    def basket(self, *wishes: tuple[str, int], service: str = "pickup", expected: int | None = None, **more: Any) -> dict[str, Any]:
        """The body of an order of (dish, portions); the total is asked for by `place` when not given."""
        body: dict[str, Any] = {
            "shop_id": self.shop_id, "service": service, "lines": [{"size_id": self.sizes[name], "quantity": count} for name, count in wishes], **more
        }
        if service == "dine_in":
            body["table_code"] = self.table_code
        if expected is not None:
            body["expected"] = expected
        return body

    def place(self, shopper: Shopper, *wishes: tuple[str, int], **more: Any) -> dict[str, Any]:
        """Order over the API at the price that the API previews; the answer's body."""
        body = self.basket(*wishes, **more)
        if "expected" not in body:
            priced = shopper.post("/dining/price", body)
            assert priced.status_code == 200, priced.json
            body["expected"] = priced.json["payable"]
        answer = shopper.post("/dining/orders", body)
        assert answer.status_code == 201, answer.json
        return answer.json

    def paid(self, shopper: Shopper, *wishes: tuple[str, int], **more: Any) -> dict[str, Any]:
        """An order whose payment the channel has confirmed, as the API shows it."""
        placed = self.place(shopper, *wishes, **more)
        self.pay(placed["id"])
        return shopper.get(f"/dining/orders/{placed['id']}").json

    def pay(self, order_id: int) -> None:
        """The channel confirms that the customer paid the order in full."""
        moment = datetime.now(UTC)
        with self.app.app_context(), transaction(SETUP) as session:
            order = session.get_one(DiningOrder, order_id)
            payment = open_payment(
                "order", order.id, order.payable, description=order.number, trade="dining", merchant_id=order.merchant_id, customer_id=order.customer_id,
                expires_at=order.pay_by, actor=SETUP, now=moment,
            )
            told = ChannelPayment(
                payment.number, "SUCCESS", account().appid, account().merchant_id, payment.amount, f"42000{payment.id:023d}", "openid", moment
            )
            confirm_payment(told, actor=system("channel"), now=moment)

    def move(self, order_id: int, name: str, **answers: Any) -> None:
        """The owner makes a move of the order."""
        with self.app.app_context(), transaction(self.house.actor) as session:
            move(session.get_one(DiningOrder, order_id), name, actor=self.house.actor, now=datetime.now(UTC), **answers)

    def serve(self, order: dict[str, Any]) -> None:
        """Accept, cook, and hand a pick-up order over."""
        self.move(order["id"], "accept")
        self.move(order["id"], "ready")
        self.move(order["id"], "hand_over", code=order["code"])


def restaurant(app: Flask, name: str = "老巷子砂锅粥", *, stock: int | None = None) -> Restaurant:
    """A restaurant with three dishes: 粥 18.00, 面 12.50, 牛肉 48.00 with choices; `stock` for each size."""
    house = merchant(app, name)
    now = datetime.now(UTC)
    with app.app_context(), transaction(SETUP):
        shop = save(Shop(
            merchant_id=house.merchant_id, name=name, hours=ALWAYS, services=["dine_in", "pickup", "delivery"], latitude=30.57, longitude=104.06,
            delivery_fee=500, packing_fee=100, delivery_least=2000, address="青溪镇老巷子 12 号", cuisine="粥",
        ))
        area = save(Area(merchant_id=house.merchant_id, shop_id=shop.id, name="大堂"))
        table = save(Table(merchant_id=house.merchant_id, shop_id=shop.id, area_id=area.id, name="6 号桌", code=f"TABLE{house.merchant_id:07d}"))
        category = save(Category(merchant_id=house.merchant_id, shop_id=shop.id, name="招牌"))
        made = Restaurant(app, house, shop.id, table.code)
        for position, (dish_name, price) in enumerate((("鲜虾粥", 1800), ("牛肉面", 1250), ("砂锅牛肉", 4800))):
            dish = save(Dish(merchant_id=house.merchant_id, shop_id=shop.id, category_id=category.id, name=dish_name, position=position))
            size = save(Size(merchant_id=house.merchant_id, dish_id=dish.id, name="标准", price=price, stock=stock))
            made.sizes[dish_name] = size.id
            move(dish, "submit", actor=SETUP, now=now)
            move(dish, "approve", actor=SETUP, now=now)
        move(shop, "open", actor=SETUP, now=now)
        group = save(OptionGroup(merchant_id=house.merchant_id, dish_id=dish.id, name="辣度", least=1, most=1))
        for option_name, extra in (("不辣", 0), ("特辣", 100)):
            option = save(Option(merchant_id=house.merchant_id, group_id=group.id, name=option_name, price=extra))
            made.options[option_name] = option.id
    return made


def approve_what_waits(app: Flask) -> None:
    """The desk approves every change that waits beside a dish."""
    with app.app_context(), transaction(SETUP) as session:
        for key in [dish.id for dish in session.scalars(select(Dish).order_by(Dish.id)) if dish.proposed]:
            cases = select(Case).where(Case.kind == "dining.dish", Case.subject_id == key, Case.status == "waiting").order_by(Case.id.desc())
            approve_listing(session.scalars(cases).first(), actor=SETUP, now=datetime.now(UTC))  # type: ignore[arg-type]

"""A house with four rooms, and stays that go through the real doors; payments arrive as the channel reports them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask

from app.core import clock
from app.core.actors import system
from app.core.periods import business_day
from app.framework.database import get, transaction
from app.framework.flow import move
from app.kernel.ledger.accounts import escrow, merchant_pending, refund_payable, revenue
from app.kernel.ledger.queries import balance
from app.kernel.parties.models import Merchant
from app.kernel.payments.channels.factory import account
from app.kernel.payments.channels.interface import ChannelPayment
from app.kernel.payments.operations.paying import confirm_payment, open_payment
from app.verticals.stays.models import House as Row
from app.verticals.stays.models import StayOrder
from app.verticals.stays.operations.houses import open_house, update_house
from app.verticals.stays.operations.rooms import add_units, create_type
from tests.support.people import SETUP, House, Shopper, merchant

ID = "11010519491231002X"
VALUES: dict[str, Any] = {
    "description": "推窗见山", "images": [], "video": "", "facilities": ["wifi"], "people": 2, "beds": "1.8 米大床", "area": 28, "weekdays": {}, "steps": [],
    "least": 1, "most": 30,
}


@dataclass
class Inn:
    """A house: `types` by name, `units` by name; prices 468.00 (山景) and 628.00 (家庭房) a night."""

    app: Flask
    house: House
    house_id: int
    types: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)

    def wish(self, arrives: date, nights: int = 1, room: str = "山景大床房", **more: Any) -> dict[str, Any]:
        """The body of a question for the price."""
        return {"type_id": self.types[room], "arrives": f"{arrives}", "leaves": f"{arrives + timedelta(days=nights)}", "people": 2, **more}

    def place(self, shopper: Shopper, arrives: date, nights: int = 1, room: str = "山景大床房", *, pay: str = "all", people: int = 2) -> dict[str, Any]:
        """Book over the API at the price that the API says; the answer's body."""
        wish = self.wish(arrives, nights, room, people=people)
        priced = shopper.post("/stays/price", wish)
        assert priced.status_code == 200, priced.json
        body = {**wish, "contact_name": "李婉清", "contact_phone": "13900002071", "expected": priced.json["payable"], "pay": pay}
        answer = shopper.post("/stays/orders", body)
        assert answer.status_code == 201, answer.json
        return answer.json

    def paid(self, shopper: Shopper, arrives: date, nights: int = 1, room: str = "山景大床房", *, pay: str = "all") -> dict[str, Any]:
        """A stay whose payment (or deposit) the channel has confirmed, as the API shows it."""
        placed = self.place(shopper, arrives, nights, room, pay=pay)
        self.pay(placed["id"])
        return shopper.get(f"/stays/orders/{placed['id']}").json

    def pay(self, order_id: int, *, amount: int = 0, at: datetime | None = None) -> None:
        """The channel confirms that the guest paid what is due first, or this amount."""
        moment = at or clock.now()
        with self.app.app_context(), transaction(SETUP) as session:
            order = session.get_one(StayOrder, order_id)
            payment = open_payment(
                "order", order.id, amount or order.due_first, description=order.number, trade="stays", merchant_id=order.merchant_id,
                customer_id=order.customer_id, expires_at=moment + timedelta(minutes=15), actor=SETUP, now=moment,
            )
            told = ChannelPayment(
                payment.number, "SUCCESS", account().appid, account().merchant_id, payment.amount, f"42000{payment.id:023d}", "openid", moment
            )
            confirm_payment(told, actor=system("channel"), now=moment)

    def stay(self, order_id: int) -> dict[str, Any]:
        """What the stay says of itself."""
        with self.app.app_context(), transaction(SETUP):
            order = get(StayOrder, order_id)
            names = ("status", "payable", "paid", "refunded", "waived", "due", "arrives", "leaves", "unit_name")
            return {name: getattr(order, name) for name in names}

    def books(self, shopper: Shopper) -> tuple[int, int, int, int]:
        """Escrow, what the house has pending, the commission, what is owed to the guest."""
        with self.app.app_context(), transaction(SETUP):
            wanted = (escrow("stays"), merchant_pending(self.house.merchant_id), revenue("commission"), refund_payable(shopper.id))
            return tuple(balance(each) for each in wanted)  # type: ignore[return-value]

    def set(self, **values: Any) -> None:
        """The house has these settings."""
        with self.app.app_context(), transaction(SETUP) as session:
            update_house(session.get_one(Row, self.house_id), actor=self.house.actor, now=datetime.now(UTC), **values)


def inn(app: Flask, name: str = "云栖溪畔民宿", *, rooms: int = 2) -> Inn:
    """A house that is open: `rooms` rooms with a view of the hills (山 201, …) and one for families (溪 101)."""
    house, now = merchant(app, name, trade="stays"), datetime.now(UTC)
    with app.app_context(), transaction(SETUP) as session:
        made = open_house(session.get_one(Merchant, house.merchant_id), actor=SETUP, now=now)
        update_house(made, actor=SETUP, now=now, address="青溪镇云栖路 8 号", region="青溪镇", latitude=30.58, longitude=104.05, phone="028-61230001")
        built = Inn(app, house, made.id)
        for title, base, count, prefix, people in (("山景大床房", 46_800, rooms, "山 20", 2), ("溪畔家庭房", 62_800, 1, "溪 10", 4)):
            room_type = create_type(made, {**VALUES, "name": title, "base": base, "people": people}, actor=house.actor, now=now)
            if room_type.status == "pending":
                move(room_type, "approve", actor=SETUP, now=now)
            built.types[title] = room_type.id
            for unit in add_units(room_type, [f"{prefix}{number}" for number in range(1, count + 1)], actor=house.actor, now=now):
                built.units[unit.name] = unit.id
        move(made, "open", actor=SETUP, now=now)
    return built


def today() -> date:
    """The Shanghai day."""
    return business_day(clock.now())


def day(number: int) -> date:
    """So many days from today."""
    return today() + timedelta(days=number)

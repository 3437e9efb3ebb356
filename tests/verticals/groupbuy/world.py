"""A zone with two leaders and two suppliers, orders through the API, payments as the channel reports them, rounds by the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.extensions import db
from app.framework.database import save, transaction
from app.framework.flow import move
from app.kernel.ledger.accounts import merchant_pending, revenue
from app.kernel.ledger.queries import balance
from app.kernel.parties.models import Merchant, StaffUser
from app.kernel.payments.channels.factory import account
from app.kernel.payments.channels.interface import ChannelPayment
from app.kernel.payments.operations.paying import confirm_payment, open_payment
from app.verticals.groupbuy.jobs import close_rounds
from app.verticals.groupbuy.models import Community, Goods, GroupbuyOrder, Leader, Round, Sheet, Zone
from app.verticals.groupbuy.operations.people import make_leader, make_supplier
from tests.support.people import SETUP, House, Shopper, merchant, sign_in, staff

NOW = datetime.now(UTC)


@dataclass
class Town:
    """`goods` maps a title to its id; 蓝莓 9.00 → 12.50, 土豆 2.00 → 3.00, 鸡蛋 18.00 → 24.00 (supply → sale)."""

    app: Flask
    leader: House
    second: House
    supplier: House
    other: House
    codes: list[str] = field(default_factory=list)
    goods: dict[str, int] = field(default_factory=dict)
    community_id: int = 0

    def basket(self, *wishes: tuple[str, int], leader: int = 0, **more: Any) -> dict[str, Any]:
        """The body of an order at a leader."""
        return {"share_code": self.codes[leader], "lines": [{"goods_id": self.goods[name], "quantity": count} for name, count in wishes], **more}

    def place(self, shopper: Shopper, *wishes: tuple[str, int], **more: Any) -> dict[str, Any]:
        """Order over the API at the price that it previews."""
        body = self.basket(*wishes, **more)
        if "expected" not in body:
            priced = shopper.post("/groupbuy/price", body)
            assert priced.status_code == 200, priced.json
            body["expected"] = priced.json["payable"]
        answer = shopper.post("/groupbuy/orders", body)
        assert answer.status_code == 201, answer.json
        return dict(answer.json)

    def paid(self, shopper: Shopper, *wishes: tuple[str, int], **more: Any) -> dict[str, Any]:
        """An order whose payment the channel has confirmed, as the API shows it."""
        placed = self.place(shopper, *wishes, **more)
        self.pay(placed["id"])
        return self.seen(shopper, placed["id"])

    def seen(self, shopper: Shopper, order_id: int) -> dict[str, Any]:
        """The order as the API shows it."""
        return dict(shopper.get(f"/groupbuy/orders/{order_id}").json)

    def pay(self, order_id: int, at: datetime | None = None) -> None:
        """The channel confirms that the order was paid in full."""
        moment = at or datetime.now(UTC)
        with self.app.app_context(), transaction(SETUP) as session:
            order = session.get_one(GroupbuyOrder, order_id)
            payment = open_payment(
                "order", order.id, order.payable, description=order.number, trade="groupbuy", merchant_id=order.merchant_id,
                customer_id=order.customer_id, expires_at=order.pay_by, actor=SETUP, now=moment,
            )
            told = ChannelPayment(
                payment.number, "SUCCESS", account().appid, account().merchant_id, payment.amount, f"42000{payment.id:023d}", "openid", moment
            )
            confirm_payment(told, actor=system("channel"), now=moment)

    def cut_off(self) -> int:
        """The clock passes the cut-off of the round that is open; its id."""
        with self.app.app_context(), transaction(SETUP) as session:
            found = session.scalars(select(Round).where(Round.status == "open").order_by(Round.cutoff_at)).first()
            assert found is not None
            key, moment = found.id, found.cutoff_at
        with self.app.app_context(), clock.at(moment + timedelta(seconds=1)):
            assert close_rounds() == 1
        return key

    def sheet(self, round_id: int, kind: str, house: House) -> dict[str, Any]:
        """The id of a sheet and of its lines by title."""
        with self.app.app_context(), transaction(SETUP) as session:
            found = session.scalars(select(Sheet).where(Sheet.round_id == round_id, Sheet.kind == kind, Sheet.merchant_id == house.merchant_id)).one()
            return {"id": found.id, "pieces": found.pieces, "amount": found.amount, "lines": {line.title: line.id for line in found.lines},
                    "counts": {line.title: (line.quantity, line.allotted, line.counted) for line in found.lines}}

    def bring(self, round_id: int) -> None:
        """The warehouse receives everything and sends it."""
        browser = warehouse(self.app)
        for step in ("receive", "send"):
            answer = browser.post(f"/groupbuy/rounds/{round_id}/move/{step}")
            assert answer.status_code == 303, answer.get_data(as_text=True)

    def check_in(self, round_id: int, house: House, **counts: int) -> Any:
        """The leader counts; titles that are left out came whole."""
        sheet = self.sheet(round_id, "picking", house)
        form = {f"line-{sheet['lines'][title]}": str(count) for title, count in counts.items()}
        answer = sign_in(self.app, house.members["Owner"]).post(f"/groupbuy/day/check-in/{sheet['id']}", data=form)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return answer

    def hand_over(self, house: House, code: str) -> Any:
        """The answer to a code on the leader's page."""
        return sign_in(self.app, house.members["Owner"]).post("/groupbuy/day/hand-over", data={"code": code})

    def delivered(self, shopper: Shopper, *wishes: tuple[str, int]) -> dict[str, Any]:
        """An order that was paid, brought, and handed out."""
        placed = self.paid(shopper, *wishes)
        found = self.cut_off()
        self.bring(found)
        self.check_in(found, self.leader)
        assert self.hand_over(self.leader, self.seen(shopper, placed["id"])["code"]).status_code == 303
        return self.seen(shopper, placed["id"])

    def money(self) -> dict[str, int]:
        """Fen pending of leader and supplier, the margin earned."""
        with self.app.app_context(), transaction(SETUP):
            return {
                "leader": balance(merchant_pending(self.leader.merchant_id)), "supplier": balance(merchant_pending(self.supplier.merchant_id)),
                "other": balance(merchant_pending(self.other.merchant_id)), "margin": balance(revenue("margin")),
            }

    def order(self, order_id: int, *names: str) -> tuple[Any, ...]:
        """Columns of the order as they stand."""
        with self.app.app_context(), transaction(SETUP) as session:
            found = session.get_one(GroupbuyOrder, order_id)
            return tuple(getattr(found, name) for name in names)

    def stock(self, title: str) -> int | None:
        """The stock of a good."""
        with self.app.app_context(), transaction(SETUP) as session:
            return session.get_one(Goods, self.goods[title]).stock


def warehouse(app: Flask) -> Any:
    """A browser of somebody at the warehouse, made at the first call."""
    with app.app_context(), transaction(SETUP) as session:
        known = session.scalars(select(StaffUser.id).where(StaffUser.username == "warehouse")).first()
    return sign_in(app, "warehouse") if known else staff(app, "Warehouse")


def town(app: Flask, *, stock: int | None = None) -> Town:
    """Two leaders of one community who take orders, three goods of two suppliers on sale."""
    houses = [merchant(app, name, trade="groupbuy") for name in ("春梅团长", "老周团长", "山野农场", "河东蛋场")]
    made = Town(app, *houses)
    with app.app_context(), transaction(SETUP) as session:
        zone = save(Zone(name="青溪片区", cutoff_minute=1380))
        community = save(Community(zone_id=zone.id, name="竹苑小区", address="竹苑路 1 号", latitude=30.57, longitude=104.06))
        made.community_id = community.id
        for house in houses[:2]:
            leader = make_leader(session.get_one(Merchant, house.merchant_id), actor=SETUP, now=NOW)
            leader.community_id, leader.point, leader.hours = community.id, "3 栋楼下", "17:00–21:00"
            move(leader, "open", actor=SETUP, now=NOW)
            made.codes.append(leader.share_code)
        for house in houses[2:]:
            make_supplier(session.get_one(Merchant, house.merchant_id), actor=SETUP, now=NOW)
        for title, house, supply, sale in (
            ("蓝莓", made.supplier, 900, 1250), ("土豆", made.supplier, 200, 300), ("鸡蛋", made.other, 1800, 2400),
        ):
            goods = save(Goods(
                merchant_id=house.merchant_id, title=title, spec="份", category="fruit", supply_price=supply, sale_price=sale, stock=stock,
            ))
            made.goods[title] = goods.id
            move(goods, "submit", actor=SETUP, now=NOW)
            move(goods, "approve", actor=SETUP, now=NOW)
    return made


def leader_of(town: Town, house: House) -> Leader:
    """The leader's row; inside a transaction."""
    return db.session.scalars(select(Leader).where(Leader.merchant_id == house.merchant_id)).one()


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """`work(n)` in `count` threads that start at once."""
    barrier, results = Barrier(count), [None] * count

    def run(number: int) -> None:
        barrier.wait()
        results[number] = work(number)

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    [each.start() for each in threads]
    [each.join(90) for each in threads]
    return results

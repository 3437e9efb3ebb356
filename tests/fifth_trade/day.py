"""A day of the fifth trade, in a process of its own: its package joins the trades' folder, its tables are made, and people use it through the doors.

`python -m tests.fifth_trade.day <server> <database>` prints what came of it as JSON.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select, text

from app import verticals

verticals.__path__.append(str(Path(__file__).parent / "trades"))

from app.core.actors import system  # noqa: E402 - the trade stands in its folder before the application reads it
from app.framework.access import policy_statements  # noqa: E402
from app.framework.commands.data import write_defaults  # noqa: E402
from app.framework.database import transaction  # noqa: E402
from app.kernel.approvals.models import Case  # noqa: E402
from app.kernel.ledger.accounts import merchant_pending, revenue  # noqa: E402
from app.kernel.ledger.proofs import assert_proofs_hold  # noqa: E402
from app.kernel.ledger.queries import balance  # noqa: E402
from app.kernel.listings.moderation import approve_listing  # noqa: E402
from app.kernel.payments.channels.factory import account  # noqa: E402
from app.kernel.payments.channels.interface import ChannelPayment  # noqa: E402
from app.kernel.payments.operations.paying import confirm_payment, open_payment  # noqa: E402
from tests.support import database  # noqa: E402
from tests.support.people import SETUP, Shopper, merchant, sign_in, staff  # noqa: E402


def main(server: str, name: str) -> dict[str, Any]:
    """Put an alteration up, have it reviewed, order it hurried, pay, hand over; what each door said and what the books hold."""
    app = database.test_app(server, name)
    from app.verticals.tailor.models import Alteration, TailorOrder

    _migrate(app, Alteration, TailorOrder)
    write_defaults(app)
    house, li = merchant(app, "李记改衣", trade="tailor"), Shopper(app, "li")
    owner, said = sign_in(app, house.members["Owner"]), {}
    said["menu"] = 'href="/tailor/alterations/"' in owner.get("/").get_data(as_text=True)
    said["other trades"] = owner.get("/dining/board/").status_code
    said["bad price"] = owner.post("/tailor/alterations/new", data={"name": "改裤长", "price": "abc"}).status_code
    said["put up"] = owner.post("/tailor/alterations/new", data={"name": "改裤长", "price": "20.01"}).status_code
    said["found before review"] = len(app.test_client().get("/api/v1/listings?kind=tailor.alteration").json["items"])
    with app.app_context(), transaction(SETUP) as session:
        approve_listing(session.scalars(select(Case)).one(), actor=SETUP, now=datetime.now(UTC))
        key = session.scalars(select(Alteration.id)).one()
    said["found"] = [(item["title"], item["price"]) for item in app.test_client().get("/api/v1/listings?q=裤长").json["items"]]
    placed = li.post("/tailor/orders", {"alteration_id": key, "pieces": 2, "hurry": True})
    said["order"] = (placed.status_code, placed.json["status"], placed.json["payable"])
    _pay(app, TailorOrder, placed.json["id"])
    said["owner sees"] = placed.json["number"] in owner.get("/tailor/orders/").get_data(as_text=True)
    said["handed over"] = owner.post(f"/tailor/orders/{placed.json['id']}/move/hand_over").status_code
    said["statistics"] = "改裤长" in owner.get("/tailor/insights/").get_data(as_text=True)
    said["review"] = li.post("/reviews", {"order_id": placed.json["id"], "stars": 5, "words": "改得很合身"}).status_code
    said["patron"] = "li" in owner.get("/patrons/").get_data(as_text=True)
    said["finance sees"] = placed.json["number"] in staff(app, "Finance").get("/tailor/orders/").get_data(as_text=True)
    said["in the document"] = "/api/v1/tailor/orders" in app.test_client().get("/api/v1/openapi.json").json["paths"]
    with app.app_context(), transaction(SETUP) as session:
        said["books"] = {"merchant": balance(merchant_pending(house.merchant_id)), "commission": balance(revenue("commission"))}
        assert_proofs_hold()
    return said


def _migrate(app: Any, *models: Any) -> None:
    """What the trade's one migration would do."""
    engine = create_engine(app.config["MIGRATION_URL"])
    with engine.begin() as connection:
        for model in models:
            model.__table__.create(connection)
        for statement in policy_statements("tailor_alteration", merchant="merchant_id", open_to=("customer", "public")):
            connection.execute(text(statement))
    engine.dispose()


def _pay(app: Any, model: Any, order_id: int) -> None:
    """The channel confirms that the customer paid the order in full."""
    moment = datetime.now(UTC)
    with app.app_context(), transaction(SETUP) as session:
        order = session.get_one(model, order_id)
        payment = open_payment(
            "order", order.id, order.payable, description=order.number, trade=order.trade, merchant_id=order.merchant_id, customer_id=order.customer_id,
            expires_at=order.pay_by, actor=SETUP, now=moment,
        )
        told = ChannelPayment(payment.number, "SUCCESS", account().appid, account().merchant_id, payment.amount, f"42000{payment.id:023d}", "openid", moment)
        confirm_payment(told, actor=system("channel"), now=moment)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:3]), ensure_ascii=False))

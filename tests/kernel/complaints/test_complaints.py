"""Complaints through their doors: the customer's API, the merchant's console, the platform's ruling; what is held and who bears what, to the fen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from app.core.actors import system
from app.framework.database import transaction
from app.kernel.aftersales.models import RefundCase
from app.kernel.complaints.models import Complaint
from app.kernel.complaints.operations.answering import expire
from app.kernel.ledger.accounts import cost, dispute_hold, merchant_available, merchant_pending, merchant_receivable, refund_payable
from app.kernel.ledger.queries import balance
from app.kernel.settlement.operations.release import release_due
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant

CLOCK = system("clock")


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


def served(place: Restaurant, shopper: Shopper, portions: int = 8) -> dict[str, Any]:
    """An order of 牛肉面 at 12.50 a portion and packing of 1.00 each, handed over: 8 of them are ¥108.00."""
    order = place.paid(shopper, ("牛肉面", portions))
    place.serve(order)
    return order


def released(app: Flask, place: Restaurant, shopper: Shopper) -> dict[str, Any]:
    """The same past its hold: the merchant has its money available."""
    order = served(place, shopper)
    with app.app_context(), transaction(SETUP):
        assert release_due(datetime.now(UTC) + timedelta(days=3)) == 1
    return order


def complain(shopper: Shopper, order: dict[str, Any], wish: int = 5000, reason: str = "late") -> Any:
    return shopper.post("/complaints", {"order_id": order["id"], "reason": reason, "words": "等了两个小时，面都坨了", "wish": wish})


def stored(app: Flask) -> Complaint:
    with app.app_context(), transaction(SETUP) as session:
        complaint = session.scalars(select(Complaint).order_by(Complaint.id.desc()).limit(1)).one()
        session.expunge(complaint)
        return complaint


def books(app: Flask, place: Restaurant, shopper: Shopper) -> dict[str, int]:
    """What the complaint's accounts hold, in fen; those at zero are left out."""
    key = place.house.merchant_id
    accounts = {
        "available": merchant_available(key), "pending": merchant_pending(key), "hold": dispute_hold(key), "receivable": merchant_receivable(key),
        "owed": refund_payable(shopper.id), "compensation": cost("compensation"),
    }
    with app.app_context(), transaction(SETUP):
        return {name: held for name, account in accounts.items() if (held := balance(account))}


def arbitrated(app: Flask, place: Restaurant, shopper: Shopper, order: dict[str, Any], wish: int = 5000, reason: str = "late") -> int:
    """A complaint that the merchant refused and the customer took to the platform; its key."""
    key = int(complain(shopper, order, wish, reason).json["id"])
    owner = sign_in(app, place.house.members["Owner"])
    assert owner.post(f"/complaints/{key}/move/answer", data={"answer": "当天大雨，骑手慢"}).status_code == 303
    assert shopper.post(f"/complaints/{key}/escalate").status_code == 200
    return key


@pytest.mark.covers("dining.F2")
def test_a_complaint_holds_what_is_wished_and_a_ruling_shares_the_loss_by_its_rule(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    order = released(app, place, shopper)
    before = books(app, place, shopper)["available"]
    key = arbitrated(app, place, shopper, order)
    assert books(app, place, shopper) == {"available": before - 5000, "hold": 5000}
    first, second = staff(app, "Operator"), staff(app, "Operator", "operator2")
    assert "条投诉等裁决" in first.get("/").get_data(as_text=True)
    ruling = {"granted": "50.00", "bearer": "rule", "ruling": "送达晚了 70 分钟"}
    assert first.post(f"/complaints/{key}/move/rule", data={**ruling, "granted": "500.00"}).status_code == 422
    assert first.post(f"/complaints/{key}/move/rule", data=ruling).status_code == 303
    shown = shopper.get(f"/complaints/{key}").json
    assert (shown["status"], shown["granted"], shown["ruling"]) == ("arbitrating", 0, "")
    assert first.post(f"/complaints/{key}/move/uphold", data={"confirmed_amount": "50.00"}).status_code == 403
    assert second.post(f"/complaints/{key}/move/uphold", data={"confirmed_amount": "5.00"}).status_code == 422
    assert books(app, place, shopper) == {"available": before - 5000, "hold": 5000}
    assert second.post(f"/complaints/{key}/move/uphold", data={"confirmed_amount": "50.00"}).status_code == 303
    complaint = stored(app)
    with app.app_context(), transaction(SETUP) as session:
        taken = session.scalars(select(RefundCase.from_merchant)).one()
    assert (complaint.status, complaint.granted, complaint.held, complaint.merchant_ppm, complaint.borne) == ("upheld", 5000, 0, 500_000, taken // 2)
    assert books(app, place, shopper) == {"available": before - taken + taken // 2, "owed": 5000, "compensation": -(taken // 2)}
    shown = shopper.get(f"/complaints/{key}").json
    assert (shown["status"], shown["granted"], shown["ruling"], shown["moves"]) == ("upheld", 5000, "送达晚了 70 分钟", [])


@pytest.mark.parametrize(("bearer", "part"), [("merchant", 0), ("platform", 1)])
def test_the_arbiter_may_say_who_bears_it(app: Flask, place: Restaurant, bearer: str, part: int) -> None:
    shopper = Shopper(app)
    order = released(app, place, shopper)
    before = books(app, place, shopper)["available"]
    key = arbitrated(app, place, shopper, order)
    first, second = staff(app, "Operator"), staff(app, "Operator", "operator2")
    first.post(f"/complaints/{key}/move/rule", data={"granted": "108.00", "bearer": bearer, "ruling": "查实"})
    assert second.post(f"/complaints/{key}/move/uphold", data={"confirmed_amount": "108.00"}).status_code == 303
    complaint = stored(app)
    assert (complaint.status, complaint.borne) == ("upheld", before * part)
    after = books(app, place, shopper)
    assert (after.get("available", 0), after.get("compensation", 0), after["owed"]) == (before * part, -before * part, 10_800)


def test_dismissing_and_withdrawing_give_the_merchant_its_money_back(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    order = released(app, place, shopper)
    before = books(app, place, shopper)
    key = arbitrated(app, place, shopper, order)
    operator = staff(app, "Operator")
    assert operator.post(f"/complaints/{key}/move/dismiss", data={"ruling": ""}).status_code == 422
    assert operator.post(f"/complaints/{key}/move/dismiss", data={"ruling": "按时送达，有签收照片"}).status_code == 303
    assert (stored(app).status, books(app, place, shopper)) == ("dismissed", before)
    again = complain(shopper, order).json
    assert books(app, place, shopper)["hold"] == 5000
    assert shopper.post(f"/complaints/{again['id']}/withdraw").json["status"] == "withdrawn"
    assert books(app, place, shopper) == before


def test_the_merchant_agrees_and_the_customer_is_refunded(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    order = served(place, shopper)
    before = books(app, place, shopper)["pending"]
    key = int(complain(shopper, order, 2500, "missing").json["id"])
    assert "hold" not in books(app, place, shopper)
    owner, kitchen = (sign_in(app, place.house.members[role]) for role in ("Owner", "Kitchen"))
    assert "条投诉等你答复" in owner.get("/").get_data(as_text=True)
    assert kitchen.get(f"/complaints/{key}").status_code == 403
    assert owner.post(f"/complaints/{key}/move/rule", data={"granted": "1.00", "bearer": "platform", "ruling": "x"}).status_code == 403
    assert owner.post(f"/complaints/{key}/move/agree", data={"granted": "25.00", "answer": "漏了两份，抱歉"}).status_code == 303
    complaint = stored(app)
    with app.app_context(), transaction(SETUP) as session:
        case = session.get_one(RefundCase, complaint.case_id)
        assert (case.amount, case.status, sum(case.amounts.values())) == (2500, "refunding", 2500)
        assert books(app, place, shopper) == {"pending": before - case.from_merchant, "owed": 2500}
    assert (complaint.status, complaint.answer) == ("agreed", "漏了两份，抱歉")


def test_silence_goes_to_the_platform_and_silence_about_an_answer_is_acceptance(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    order = released(app, place, shopper)
    key = int(complain(shopper, order).json["id"])
    now = datetime.now(UTC)
    with app.app_context(), transaction(CLOCK):
        assert [expire(now + timedelta(hours=hours)) for hours in (47, 49)] == [0, 1]
    assert stored(app).status == "arbitrating"
    staff(app, "Operator").post(f"/complaints/{key}/move/dismiss", data={"ruling": "不成立"})
    other = int(complain(shopper, order).json["id"])
    owner = sign_in(app, place.house.members["Owner"])
    owner.post(f"/complaints/{other}/move/answer", data={"answer": "按时送到了"})
    with app.app_context(), transaction(CLOCK):
        assert [expire(now + timedelta(hours=hours)) for hours in (71, 73)] == [0, 1]
    assert (stored(app).status, books(app, place, shopper).get("hold", 0)) == ("closed", 0)


def test_what_cannot_be_complained_of_changes_nothing(app: Flask, place: Restaurant) -> None:
    shopper, stranger = Shopper(app), Shopper(app, "wang")
    unpaid = place.place(shopper, ("牛肉面", 1))
    order = served(place, shopper)
    answers = [
        complain(shopper, unpaid), complain(stranger, order), complain(shopper, order, 10_801), complain(shopper, order, reason="weather"),
        complain(shopper, order, 0),
    ]
    assert [answer.status_code for answer in answers] == [409, 404, 422, 422, 422]
    assert [answer.json["code"] for answer in answers[:4]] == ["complaint.order", "not_found", "complaint.wish", "complaint.reason"]
    with app.app_context(), transaction(SETUP) as session:
        assert session.scalars(select(Complaint)).all() == []
    first = complain(shopper, order)
    assert (first.status_code, complain(shopper, order).json["code"]) == (201, "complaint.already")
    assert stranger.get(f"/complaints/{first.json['id']}").status_code == 404
    assert [each["id"] for each in shopper.get("/complaints").json["items"]] == [first.json["id"]]


def test_forty_complaints_at_once_are_one(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    order = released(app, place, shopper)
    before = books(app, place, shopper)["available"]
    headers = [shopper.headers() for _ in range(40)]
    body = {"order_id": order["id"], "reason": "late", "words": "太晚", "wish": 5000}

    def ask(number: int) -> int:
        return app.test_client().post("/api/v1/complaints", json=body, headers=headers[number]).status_code

    with ThreadPoolExecutor(10) as pool:
        codes = sorted(pool.map(ask, range(40)))
    assert codes == [201] + [409] * 39
    assert books(app, place, shopper) == {"available": before - 5000, "hold": 5000}


def test_pictures_are_seen_by_both_sides(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    key = int(complain(shopper, served(place, shopper)).json["id"])
    picture = BytesIO()
    Image.new("RGB", (40, 30), "orange").save(picture, "PNG")
    address = f"/api/v1/complaints/{key}/pictures"
    send = lambda content, kind: shopper.client.post(address, data=content, content_type=kind, headers=shopper.headers())  # noqa: E731
    assert send(b"%PDF-1.7", "application/pdf").status_code == 415
    assert send(b"not a picture", "image/png").status_code == 422
    answers = [send(picture.getvalue(), "image/png") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [409]
    assert answers[5].json["pictures"] == 6
    owner = sign_in(app, place.house.members["Owner"])
    page = owner.get(f"/complaints/{key}").get_data(as_text=True)
    assert page.count(">打开<") == 6

"""What people do in the console: change a funds model with two people, resolve what is stuck, look at the calendar; merchants see their own."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.extensions import db
from app.framework.database import transaction
from app.kernel.parties.models import Merchant
from app.kernel.parties.operations.merchants import add_member, open_merchant
from app.kernel.sharing.models import ShareAccount
from app.kernel.sharing.operations.accounts import NumberTaken, propose_account
from tests.kernel.sharing.conftest import MAKER, SUB, House, use_number
from tests.support.people import PASSWORD, merchant, sign_in, staff

FORM = {"funds_model": "split", "sub_merchant": "1900000333", "most_ppm": "20", "reason": "渠道开通了子商户号"}


def test_a_number_counts_once_a_second_person_approved(app: Flask) -> None:
    home = merchant(app)
    maker, second = staff(app, "Finance"), staff(app, "Finance", "finance2")
    refused = maker.post("/sharing/accounts/new", data={**FORM, "merchant_id": home.merchant_id, "sub_merchant": "12ab"})
    assert (refused.status_code, "8 到 10 位数字" in refused.get_data(as_text=True)) == (422, True)
    assert maker.post("/sharing/accounts/new", data={**FORM, "merchant_id": home.merchant_id}).status_code == 303
    again = maker.post("/sharing/accounts/new", data={**FORM, "merchant_id": home.merchant_id})
    assert (again.status_code, "在等批准" in again.get_data(as_text=True)) == (409, True)
    with app.app_context(), transaction(MAKER):
        change = db.session.scalars(select(ShareAccount)).one()
        key, held = change.id, (change.most_ppm, db.session.get_one(Merchant, home.merchant_id).sub_merchant_number)
    assert held == (200_000, None)
    assert maker.post(f"/sharing/accounts/{key}/move/approve", data={"confirmed": "1"}).status_code == 403
    assert second.post(f"/sharing/accounts/{key}/move/approve", data={"confirmed": "1"}).status_code == 303
    with app.app_context(), transaction(MAKER):
        assert db.session.get_one(Merchant, home.merchant_id).sub_merchant_number == "1900000333"


def test_two_merchants_never_share_a_number(app: Flask, unlimited: Flask) -> None:
    with transaction(MAKER):
        first, other = (open_merchant(name, contact_name="王", contact_phone="13800000001", actor=MAKER, now=clock.now()).id for name in ("甲", "乙"))
    use_number(first, moment=clock.now())
    with pytest.raises(NumberTaken), transaction(MAKER):
        propose_account(merchant_id=other, funds_model="split", sub_merchant=SUB, most_ppm=300_000, reason="重复", actor=MAKER, now=clock.now())


def test_finance_gives_up_with_the_typed_amount(house: House) -> None:
    key = house.order()
    house.fault("close", "shares")
    house.share(key)
    sharing, due = house.sharing(key).id, house.commission(key)
    db.session.rollback()
    with house.at_the_door():
        finance = staff(house.app, "Finance", "finance7")
        page = finance.get(f"/sharing/{sharing}").get_data(as_text=True)
        wrong = finance.post(f"/sharing/{sharing}/move/propose", data={"reason": "接收方注销", "confirmed_amount": "0.01"})
    assert [word for word in ("ACCOUNT_ABNORMAL", "再分一次", "提出不分了，转应收", "没分成") if word not in page] == []
    assert (wrong.status_code, house.sharing(key).status) == (422, "stuck")
    number, paid = house.sharing(key).number, house.payment(key).amount
    db.session.rollback()
    with house.at_the_door():
        typed = {"confirmed_amount": f"{due / 100:.2f}"}
        proposed = finance.post(f"/sharing/{sharing}/move/propose", data={"reason": "接收方注销", **typed})
        own = finance.post(f"/sharing/{sharing}/move/give_up", data=typed)
        back = finance.post(f"/sharing/{sharing}/move/send_back", data={"reason": "再等等"})
        again = finance.post(f"/sharing/{sharing}/move/propose", data={"reason": "接收方注销", **typed})
        second = staff(house.app, "Finance", "finance8")
        waits = second.get("/").get_data(as_text=True)
        right = second.post(f"/sharing/{sharing}/move/give_up", data=typed)
        calendar = finance.get("/sharing/freezes/").get_data(as_text=True)
    assert (right.status_code, house.sharing(key).status, house.sharing(key).unshared) == (303, "shared", due)
    assert (proposed.status_code, own.status_code, back.status_code, again.status_code, "笔分账等复核不分" in waits) == (303, 403, 303, 303, True)
    assert (number in calendar, f"{paid / 100:,.2f}" in calendar) == (True, True)


def test_the_owner_sees_its_own_and_touches_nothing(house: House) -> None:
    key = house.shared()
    sharing = house.sharing(key).id
    db.session.rollback()
    with transaction(MAKER):
        add_member(
            db.session.get_one(Merchant, house.merchant_id), username="owner7", password=PASSWORD, role="Owner", last_name="林", first_name="七", actor=MAKER,
            now=clock.now(),
        )
    with house.at_the_door():
        stranger = merchant(house.app)
        owner, other = sign_in(house.app, "owner7"), sign_in(house.app, stranger.members["Owner"])
        page = owner.get(f"/sharing/{sharing}")
        assert (page.status_code, "分给谁" in page.get_data(as_text=True)) == (200, False)
        assert (other.get(f"/sharing/{sharing}").status_code, owner.post(f"/sharing/{sharing}/move/give_up").status_code) == (404, 403)

"""A code is used once per use it has, whoever scans it at the same instant; its money goes to who redeemed it; undo puts everything back."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app.core import clock
from app.core.errors import Refusal
from app.framework.database import transaction
from app.kernel.redemption.jobs import complete_redemptions
from app.kernel.redemption.operations.redeeming import UsedUp, redeem
from app.kernel.redemption.queries import NotYourStore
from tests.support.people import Shopper, staff
from tests.verticals.vouchers.world import Shop, cashier_of, money, one, shop


@pytest.fixture
def place(app: Flask) -> Shop:
    made = shop(app, "阿福烧烤", "万象城店", "老街店")
    made.deal("双人烤肉", price=12800)
    made.deal("洗车三次", price=10000, uses=3)
    return made


@pytest.fixture
def li(app: Flask) -> Shopper:
    return Shopper(app, "li")


def finish(app: Flask) -> int:
    """The minutes in which a redemption may be undone are over, and the clock has run."""
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(minutes=11)):
        return complete_redemptions()


@pytest.mark.covers("vouchers.S3", "vouchers.S4", "vouchers.F2", "vouchers.R2", "vouchers.R3")
def test_a_code_is_typed_and_its_money_is_the_merchants_when_it_cannot_be_undone(app: Flask, place: Shop, li: Shopper) -> None:
    [voucher] = place.bought(li, "双人烤肉")
    assert (len(voucher["code"].replace(" ", "")), voucher["payload"].startswith("BYV."), voucher["left"]) == (12, True, 1)
    page = place.look(voucher["code"]).get_data(as_text=True)
    assert [words in page for words in ("双人烤肉", "¥128.00", "还剩", voucher["tail"])] == [True] * 4
    assert money(app, li, place) == {"escrow": 12800, "commission": 0, "fee": 0, "owed": 0, "pending": [0]}
    answer = place.redeem(voucher["code"])
    assert answer.status_code == 303
    assert "核销成功" in place.browser().get(answer.headers["Location"]).get_data(as_text=True)
    assert money(app, li, place)["escrow"] == 12800
    shown = li.get(f"/vouchers/mine/{voucher['id']}").json
    assert (shown["status"], shown["used"], shown["code"], shown["redemptions"][0]["store"]) == ("used", 1, None, "万象城店")
    assert (finish(app), finish(app)) == (1, 0)
    # 5 % of 128.00 and 0.20 a use
    assert money(app, li, place) == {"escrow": 0, "commission": 640, "fee": 20, "owed": 0, "pending": [12140]}
    assert place.redeem(voucher["code"]).status_code == 409


def test_each_use_of_a_card_has_its_own_part_to_the_fen(app: Flask, place: Shop, li: Shopper) -> None:
    [voucher] = place.bought(li, "洗车三次")
    assert (voucher["uses"], voucher["refundable"]) == (3, 10000)
    assert place.redeem(voucher["payload"]).status_code == 303
    finish(app)
    # 33.34 less 1.67 and 0.20
    assert money(app, li, place) == {"escrow": 6666, "commission": 167, "fee": 20, "owed": 0, "pending": [3147]}
    assert place.redeem(voucher["code"], count=2, store="老街店").status_code == 303
    finish(app)
    assert money(app, li, place) == {"escrow": 0, "commission": 500, "fee": 60, "owed": 0, "pending": [9440]}
    assert li.get(f"/vouchers/mine/{voucher['id']}").json["status"] == "used"
    assert li.get("/vouchers/orders").json["items"][0]["status"] == "over"
    assert li.get("/vouchers/orders").json["items"][0]["paid"] == 10000


def race(app: Flask, place: Shop, voucher_id: int) -> list[str]:
    """Forty cashiers redeem a use of the voucher at the same instant; what each was told."""
    outcomes: list[str] = []
    gate = threading.Barrier(40)
    store = place.stores["万象城店"]

    def scan() -> None:
        gate.wait()
        try:
            with app.app_context(), transaction(place.actor):
                redeem(voucher_id, store_id=store, actor=place.actor, now=datetime.now(UTC))
            outcomes.append("redeemed")
        except UsedUp:
            outcomes.append("used up")
        except Refusal as other:
            outcomes.append(other.code)

    threads = [threading.Thread(target=scan) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.mark.covers("vouchers.F2")
def test_forty_cashiers_scan_one_use_at_the_same_instant(app: Flask, place: Shop, li: Shopper) -> None:
    [voucher] = place.bought(li, "双人烤肉")
    assert race(app, place, voucher["id"]) == ["redeemed"] + ["used up"] * 39
    assert one(app, "SELECT count(*) FROM redeem_redemption") == 1


@pytest.mark.covers("vouchers.F2")
def test_forty_scans_of_a_card_with_three_uses_are_exactly_three(app: Flask, place: Shop, li: Shopper) -> None:
    [voucher] = place.bought(li, "洗车三次")
    assert race(app, place, voucher["id"]) == ["redeemed"] * 3 + ["used up"] * 37
    assert one(app, "SELECT sum(amount) FROM redeem_redemption") == 10000
    finish(app)
    assert money(app, li, place)["pending"] == [9440]


@pytest.mark.covers("vouchers.F2")
def test_a_manager_undoes_within_minutes_and_the_code_works_again(app: Flask, place: Shop, li: Shopper) -> None:
    [voucher] = place.bought(li, "双人烤肉")
    place.redeem(voucher["code"])
    key = one(app, "SELECT id FROM redeem_redemption")
    assert place.browser("Cashier").post(f"/redemptions/{key}/move/undo", data={"reason": "点错了"}).status_code == 403
    assert place.browser("Manager").post(f"/redemptions/{key}/move/undo", data={}).status_code == 422
    assert place.browser("Manager").post(f"/redemptions/{key}/move/undo", data={"reason": "点错了"}).status_code == 303
    shown = li.get(f"/vouchers/mine/{voucher['id']}").json
    assert (shown["status"], shown["code"], shown["redemptions"][0]["undone"]) == ("live", voucher["code"], True)
    assert money(app, li, place) == {"escrow": 12800, "commission": 0, "fee": 0, "owed": 0, "pending": [0]}
    assert finish(app) == 0
    assert li.get("/vouchers/orders").json["items"][0]["status"] == "live"
    assert place.redeem(voucher["code"]).status_code == 303
    key = one(app, "SELECT max(id) FROM redeem_redemption")
    with clock.at(datetime.now(UTC) + timedelta(minutes=11)):
        late = place.browser("Manager").post(f"/redemptions/{key}/move/undo", data={"reason": "太晚了"})
    assert (late.status_code, "过了可撤销的时间" in late.get_data(as_text=True)) == (409, True)
    assert finish(app) == 1
    assert [each["kind"] for each in li.get("/messages").json["items"]] == ["redemption.redeemed", "redemption.taken_back", "redemption.redeemed"]


@pytest.mark.covers("vouchers.F2")
def test_a_cashier_redeems_where_he_was_let_and_nowhere_else(app: Flask, place: Shop, li: Shopper) -> None:
    [voucher] = place.bought(li, "双人烤肉")
    cashier, a, b = cashier_of(place), place.stores["万象城店"], place.stores["老街店"]
    assert "没有可以核销的门店" in place.browser("Cashier").get("/redeem/").get_data(as_text=True)
    let = place.browser("Owner").post(f"/stores/clerks/{a}", data={"user_id": str(cashier.id)})
    assert let.status_code == 303
    assert place.browser("Cashier").post(f"/stores/clerks/{b}", data={"user_id": str(cashier.id)}).status_code == 403
    browser = place.browser("Cashier")
    assert (browser.get(f"/redeem/?store={a}").status_code, browser.get(f"/redeem/?store={b}").status_code) == (200, 404)
    assert browser.get(f"/redeem/events/{b}").status_code == 403
    assert place.look(voucher["code"], role="Cashier", store=b).status_code == 403
    page = place.look(voucher["code"], role="Cashier", store=a)
    from tests.verticals.vouchers.world import form_of

    form = form_of(page.get_data(as_text=True))
    assert browser.post("/redeem/use", data=form | {"store": str(b)}).status_code == 404
    with app.app_context(), pytest.raises(NotYourStore), transaction(cashier):
        redeem(voucher["id"], store_id=b, actor=cashier, now=datetime.now(UTC))
    other = shop(app, "隔壁")
    assert place.browser("Owner").post(f"/stores/clerks/{other.stores['总店']}", data={"user_id": str(cashier.id)}).status_code == 404
    assert one(app, "SELECT count(*) FROM redeem_redemption") == 0
    assert browser.post("/redeem/use", data=form).status_code == 303
    clerk = one(app, "SELECT id FROM redeem_clerk")
    assert place.browser("Owner").post(f"/stores/clerks/{clerk}/stop").status_code == 303
    assert place.look(voucher["code"], role="Cashier", store=a).status_code == 403


def test_a_ticket_is_for_who_looked_and_for_minutes(app: Flask, place: Shop, li: Shopper) -> None:
    from tests.verticals.vouchers.world import form_of

    [voucher] = place.bought(li, "双人烤肉")
    form = form_of(place.look(voucher["code"]).get_data(as_text=True))
    assert place.browser("Manager").post("/redeem/use", data=form).status_code == 409, "another person's ticket"
    forged = form | {"ticket": f"{int(form['ticket'].split('.')[0], 16) + 1:x}." + form["ticket"].partition(".")[2]}
    assert place.browser().post("/redeem/use", data=forged).status_code == 409
    with clock.at(datetime.now(UTC) + timedelta(minutes=6)):
        assert place.browser().post("/redeem/use", data=form).status_code == 409
    assert one(app, "SELECT count(*) FROM redeem_redemption") == 0
    first, again = (place.browser().post("/redeem/use", data=form) for _ in range(2))
    assert (first.status_code, again.headers["Location"]) == (303, first.headers["Location"]), "the same nonce is the same redemption"
    assert one(app, "SELECT count(*) FROM redeem_redemption") == 1


@pytest.mark.covers("vouchers.F2")
def test_guessing_locks_the_cashier_and_raises_an_alarm(app: Flask, place: Shop, li: Shopper) -> None:
    from app.kernel.redemption.rules import check_digit

    [voucher] = place.bought(li, "双人烤肉")
    assert place.look("123").status_code == 422
    wrong = [digits + check_digit(digits) for digits in (f"{number:011d}" for number in range(8))]
    assert [place.look(code, role="Manager").status_code for code in wrong] == [404] * 8
    locked = place.look(voucher["code"], role="Manager")
    assert (locked.status_code, "输错的券码太多" in locked.get_data(as_text=True)) == (429, True)
    assert place.look(voucher["code"], role="Owner").status_code == 200, "others at the store go on"
    with clock.at(datetime.now(UTC) + timedelta(minutes=16)):
        assert place.look(voucher["code"], role="Manager").status_code == 200
    assert one(app, "SELECT count(*) FROM workspace_notice WHERE kind = 'redemption.locked'") >= 1


@pytest.mark.covers("vouchers.F2")
def test_one_code_of_the_shopper_works_at_every_merchant_and_shows_each_only_its_own(app: Flask, place: Shop, li: Shopper) -> None:
    other = shop(app, "云上瑜伽")
    other.deal("瑜伽体验", price=6900)
    place.bought(li, "双人烤肉")
    other.bought(li, "瑜伽体验")
    code = li.get("/vouchers/code").json["payload"]
    here, there = (each.look(code).get_data(as_text=True) for each in (place, other))
    assert ("双人烤肉" in here, "瑜伽体验" in here, "双人烤肉" in there, "瑜伽体验" in there) == (True, False, False, True)
    assert place.redeem(code).status_code == 303
    with clock.at(datetime.now(UTC) + timedelta(seconds=90)):
        assert place.look(code).status_code == 409, "it changes every minute"
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert place.look(forged).status_code == 409
    assert other.redeem(code).status_code == 303


def test_codes_cannot_be_read_from_the_tables(app: Flask, place: Shop, li: Shopper) -> None:
    [voucher] = place.bought(li, "双人烤肉")
    code = voucher["code"].replace(" ", "")
    row = one(app, "SELECT row_to_json(v)::text FROM redeem_voucher v")
    assert (code in row, code[:11] in row) == (False, False)
    wang = Shopper(app, "wang")
    assert wang.get(f"/vouchers/mine/{voucher['id']}").status_code == 404
    assert wang.get("/vouchers/mine").json["items"] == []
    page = place.browser().get(f"/vouchers/codes/{voucher['id']}").get_data(as_text=True)
    assert (voucher["tail"] in page, code in page, voucher["code"] in page) == (True, False, False)
    assert staff(app, "Operator").get(f"/vouchers/codes/{voucher['id']}").status_code == 200

"""Leaders and suppliers: joined with documents, set up, shared, raised; goods brought, reviewed, priced; what each of them may not see."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import select

from app.extensions import db
from app.framework.database import save, transaction
from app.framework.events import publish
from app.framework.importing import read_rows
from app.framework.spreadsheets.reading import Limits, read_table
from app.kernel.approvals.models import Application, Case
from app.kernel.approvals.operations.reviewing import claim_case, decide
from app.kernel.commission.models import FeeRuleVersion
from app.kernel.commission.queries import price_of, versions_at
from app.kernel.parties.models import Merchant
from app.verticals.groupbuy.models import Goods, Leader, Supplier
from app.verticals.groupbuy.rules import allotted, common_days, missing_by_line, next_cutoff, suggested_price, worth
from app.verticals.groupbuy.spreadsheets import GOODS_IMPORT
from tests.support.people import SETUP, Shopper, everything, merchant, sign_in, staff
from tests.support.pictures import picture
from tests.verticals.groupbuy.world import Town, together, town

NOW = datetime.now(UTC)


@pytest.fixture
def place(app: Flask) -> Town:
    return town(app)


def goods_form(**changes: Any) -> dict[str, Any]:
    return {"title": "丹东草莓", "spec": "500 克/盒", "category": "fruit", "supply_price": "20", "stock": "30", "each": "2", "description": "当天摘", **changes}


@pytest.mark.covers("groupbuy.E1", "groupbuy.S1")
def test_who_is_admitted_is_what_the_application_says(app: Flask) -> None:
    houses = {category: merchant(app, category, trade="groupbuy") for category in ("leader", "supplier")}
    with app.app_context(), transaction(SETUP) as session:
        for category, house in houses.items():
            asked = save(Application(merchant_id=house.merchant_id, trade="groupbuy", category=category, contact_phone="13800138000"))
            for _ in range(2):
                publish(
                    "merchant_admitted", merchant=session.get_one(Merchant, house.merchant_id), trade="groupbuy", application=asked, actor=SETUP, now=NOW,
                )
        assert [leader.merchant_id for leader in session.scalars(select(Leader))] == [houses["leader"].merchant_id]
        assert [supplier.merchant_id for supplier in session.scalars(select(Supplier))] == [houses["supplier"].merchant_id]


@pytest.mark.covers("groupbuy.S2", "groupbuy.F1", "groupbuy.E6")
def test_a_leader_sets_up_shares_a_code_of_its_own_and_sees_its_day(app: Flask, place: Town) -> None:
    owner = sign_in(app, place.leader.members["Owner"])
    form = {
        "name": "春梅", "phone": "13800138001", "community_id": place.community_id, "point": "5 栋快递柜旁", "hours": "18:00–21:00", "notice": "",
        "delivers": "1",
    }
    assert owner.post("/groupbuy/point/", data=form).status_code == 303
    assert owner.post("/groupbuy/point/", data={**form, "point": ""}).status_code == 422
    page = Shopper(app, "li").get(f"/groupbuy/leaders/{place.codes[0].lower()}").json
    assert (page["name"], page["point"], page["delivers"], page["open"]) == ("春梅", "5 栋快递柜旁", True, True)
    png = owner.get("/groupbuy/day/code.png")
    assert (png.mimetype, png.data[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    poster = owner.get("/groupbuy/day/poster.svg").get_data(as_text=True)
    assert "春梅" in poster
    assert "¥12.50" in poster
    assert "¥9.00" not in poster
    public = app.test_client().get(f"/g/{place.codes[0]}").get_data(as_text=True)
    assert "蓝莓" in public
    assert app.test_client().get("/g/NOSUCHCODE").status_code == 404
    place.paid(Shopper(app, "li"), ("蓝莓", 2))
    day = owner.get("/groupbuy/day/").get_data(as_text=True)
    assert "¥25.00" in day
    assert "¥2.00" in day  # 8 % of 25.00
    assert place.codes[0] in day


@pytest.mark.covers("groupbuy.F2", "groupbuy.E2")
def test_a_supplier_brings_goods_that_are_reviewed_and_sees_its_price_alone(app: Flask, place: Town) -> None:
    owner = sign_in(app, place.supplier.members["Owner"])
    sent = {**goods_form(), "pictures": [(io.BytesIO(picture()), "a.jpg"), (io.BytesIO(picture(colour="#123456")), "b.jpg")]}
    answer = owner.post("/groupbuy/supply/new", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    key = int(answer.headers["Location"].rsplit("/", 1)[1])
    with app.app_context(), transaction(SETUP) as session:
        goods = session.get_one(Goods, key)
        assert (goods.status, goods.supply_price, goods.sale_price, len(goods.images)) == ("pending", 2000, 2600, 2)
        case = session.scalars(select(Case.id).where(Case.kind == "groupbuy.goods", Case.subject_id == key)).one()
    li = Shopper(app, "li")
    assert li.get(f"/groupbuy/goods/{key}").status_code == 404
    with app.app_context(), transaction(SETUP):
        claim_case(case, actor=everything(), now=NOW)
        decide(case, "approve", actor=everything(), now=NOW)
    assert li.get(f"/groupbuy/goods/{key}").json["price"] == 2600
    assert [each["title"] for each in li.get("/groupbuy/goods", q="草莓").json["items"]] == ["丹东草莓"]
    page = owner.get(f"/groupbuy/supply/{key}").get_data(as_text=True)
    assert "20.00" in page
    assert "26.00" not in page
    assert owner.get(f"/groupbuy/goods/{key}").status_code == 403
    assert sign_in(app, place.other.members["Owner"]).get(f"/groupbuy/supply/{key}").status_code == 404
    operator = staff(app, "Operator")
    assert operator.post(f"/groupbuy/goods/{key}/edit", data={"sale_price": "19.99"}).status_code == 422
    assert operator.post(f"/groupbuy/goods/{key}/edit", data={"sale_price": "24.90"}).status_code == 303
    assert li.get(f"/groupbuy/goods/{key}").json["price"] == 2490
    assert owner.post(f"/groupbuy/supply/{key}/move/take_off").status_code == 303
    assert li.get(f"/groupbuy/goods/{key}").status_code == 404


def test_only_suppliers_bring_goods_and_a_fault_names_its_field(app: Flask, place: Town) -> None:
    leader = sign_in(app, place.leader.members["Owner"])
    assert leader.post("/groupbuy/supply/new", data=goods_form()).status_code == 403
    supplier = sign_in(app, place.supplier.members["Owner"])
    twice = {"title": "蓝莓", "spec": "份"}
    for changes, field in (({"supply_price": ""}, "supply_price"), ({"title": ""}, "title"), (twice, "title"), ({"each": "-1"}, "each")):
        answer = supplier.post("/groupbuy/supply/new", data=goods_form(**changes))
        assert answer.status_code in {409, 422}
        assert f'id="{field}-error"' in answer.get_data(as_text=True)
    with app.app_context(), transaction(SETUP):
        assert len(db.session.scalars(select(Goods.id)).all()) == 3


@pytest.mark.covers("groupbuy.F2")
def test_goods_come_in_from_a_spreadsheet(app: Flask, place: Town) -> None:
    book = Workbook()
    book.active.append(["商品名", "规格", "分类", "供货价（元）", "库存", "每人限购", "说明"])
    book.active.append(["红富士", "5 斤", "水果", "15.50", 100, 3, "脆甜"])
    book.active.append(["小米", "1 kg", "粮油调味", "8", None, None, None])
    stream = io.BytesIO()
    book.save(stream)
    with app.app_context(), transaction(place.supplier.actor):
        rows, faults = read_rows(GOODS_IMPORT, read_table(stream.getvalue(), Limits(bytes=1_000_000, unpacked=9_000_000, rows=100)))
        assert faults == []
        for row in rows:
            GOODS_IMPORT.apply(dict(row.values), actor=place.supplier.actor, now=NOW)
    with app.app_context(), transaction(SETUP) as session:
        found = {goods.title: goods for goods in session.scalars(select(Goods).where(Goods.title.in_(("红富士", "小米"))))}
        assert (found["红富士"].supply_price, found["红富士"].sale_price, found["红富士"].stock, found["红富士"].each) == (1550, 2020, 100, 3)
        assert (found["小米"].stock, found["小米"].each) == (None, 0)


@pytest.mark.covers("groupbuy.R2", "groupbuy.R3", "groupbuy.R4", "groupbuy.E4")
def test_fees_are_in_the_price_list_and_a_level_has_its_own_commission(app: Flask, place: Town) -> None:
    with app.app_context(), transaction(SETUP) as session:
        assert price_of("groupbuy", "entry_fee", place.supplier.merchant_id, NOW).fen == 100_000
        assert price_of("groupbuy", "placement", place.supplier.merchant_id, NOW).fen == 30_000
        rates = versions_at("groupbuy", place.leader.merchant_id, NOW, "new")
        assert (rates["leader_commission"].ppm, rates["margin"].ppm) == (80_000, 1_000_000)
        key = session.scalars(select(Leader.id).where(Leader.merchant_id == place.leader.merchant_id)).one()
        assert session.scalars(select(FeeRuleVersion.id)).first() is not None
    assert staff(app, "Operator").post(f"/groupbuy/leaders/{key}/edit", data={"level": "gold"}).status_code == 303
    assert sign_in(app, place.leader.members["Owner"]).post(f"/groupbuy/leaders/{key}/edit", data={"level": "silver"}).status_code == 403
    order = place.paid(Shopper(app, "li"), ("土豆", 1))
    assert place.order(order["id"], "kind") == ("gold",)


def test_the_arithmetic_of_rounds() -> None:
    monday = datetime.fromisoformat("2026-11-30T10:00:00+08:00")
    assert next_cutoff(1380, range(7), monday) == datetime.fromisoformat("2026-11-30T23:00:00+08:00")
    assert next_cutoff(540, range(7), monday) == datetime.fromisoformat("2026-12-01T09:00:00+08:00")
    assert next_cutoff(540, [0], monday) == datetime.fromisoformat("2026-12-07T09:00:00+08:00")
    assert next_cutoff(540, [], monday) is None
    assert common_days(range(7), [[1, 3], [3, 5], []]) == {3}
    assert common_days([0, 1], [[2]]) == set()
    assert allotted(3, {1: 4, 2: 2}) == {1: 2, 2: 1}
    assert allotted(9, {1: 4, 2: 2}) == {1: 4, 2: 2}
    assert missing_by_line(4, [(9, 3), (5, 3), (2, 1)]) == {9: 3, 5: 1}
    assert [worth(1000, pieces, 3) for pieces in (1, 2, 3)] == [333, 667, 1000]
    assert suggested_price(2000, 300_000) == 2600
    assert suggested_price(911, 300_000) == 1190


@pytest.mark.covers("groupbuy.E1")
def test_without_valid_papers_nobody_orders_and_nothing_is_sold(app: Flask, place: Town) -> None:
    with app.app_context(), transaction(SETUP) as session:
        for house in (place.leader, place.supplier):
            paper = SimpleNamespace(trade="groupbuy", label="许可证")
            publish("document_expired", merchant=session.get_one(Merchant, house.merchant_id), document=paper, actor=SETUP, now=NOW)
    li = Shopper(app, "li")
    resting = li.post("/groupbuy/price", place.basket(("鸡蛋", 1)))
    assert (resting.status_code, resting.json["code"]) == (409, "groupbuy.leader_resting")
    gone = li.post("/groupbuy/price", place.basket(("蓝莓", 1), leader=1))
    assert (gone.status_code, gone.json["code"]) == (409, "groupbuy.goods_unavailable")
    assert li.post("/groupbuy/price", place.basket(("鸡蛋", 1), leader=1)).status_code == 200


@pytest.mark.covers("groupbuy.E7", "groupbuy.S2")
def test_a_resident_finds_a_community_and_its_leaders(app: Flask, place: Town) -> None:
    li = Shopper(app, "li")
    found = li.get("/groupbuy/communities", near="30.571000,104.061000").json["items"]
    assert [(each["name"], each["metres"]) for each in found] == [("竹苑小区", 147)]
    leaders = li.get(f"/groupbuy/communities/{place.community_id}/leaders").json["items"]
    assert [each["share_code"] for each in leaders] == place.codes
    first = li.get("/groupbuy/goods", limit=2).json
    rest = li.get("/groupbuy/goods", limit=2, after=first["next"]).json
    assert [each["title"] for each in first["items"] + rest["items"]] == ["鸡蛋", "土豆", "蓝莓"]
    assert rest["next"] is None
    assert li.get("/groupbuy/goods", category="dairy").json["items"] == []


@pytest.mark.covers("groupbuy.F2")
def test_stock_never_falls_below_zero_and_a_limit_counts_what_is_under_way(app: Flask, place: Town) -> None:
    with app.app_context(), transaction(SETUP) as session:
        session.get_one(Goods, place.goods["蓝莓"]).stock = 5
        session.get_one(Goods, place.goods["土豆"]).each = 3
    shoppers = [Shopper(app, f"s{number}") for number in range(12)]
    body = place.basket(("蓝莓", 1), expected=1250)
    answers = together(12, lambda number: shoppers[number].post("/groupbuy/orders", body))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 7
    assert place.stock("蓝莓") == 0
    li = Shopper(app, "li")
    place.place(li, ("土豆", 2))
    refused = li.post("/groupbuy/orders", place.basket(("土豆", 2), expected=600))
    assert (refused.status_code, refused.json["code"]) == (409, "groupbuy.limit")
    changed = li.post("/groupbuy/orders", place.basket(("土豆", 1), expected=299))
    assert (changed.status_code, changed.json["code"]) == (409, "groupbuy.price_changed")


@pytest.mark.covers("groupbuy.E6", "groupbuy.R1")
def test_the_statistics_page_and_home_say_what_was_sold(app: Flask, place: Town) -> None:
    place.delivered(Shopper(app, "li"), ("蓝莓", 2))
    operator = staff(app, "Operator")
    page = operator.get("/groupbuy/insights/").get_data(as_text=True)
    assert "¥25.00" in page
    assert "春梅团长" in page
    assert operator.get("/groupbuy/insights/export").status_code == 200
    home = sign_in(app, place.leader.members["Owner"]).get("/").get_data(as_text=True)
    assert "待结算佣金" in home
    assert sign_in(app, place.leader.members["Owner"]).get("/groupbuy/insights/").status_code == 403

"""The menu in the hands of its restaurant, through the pages; reviewers see what policy wants seen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.kernel.approvals.models import Case
from app.kernel.audit.models import AuditEntry
from app.kernel.listings.moderation import approve_listing, reject_listing
from app.kernel.workspace.models import Notice
from app.verticals.dining.menu_rules import dish_problems, watched_changes
from app.verticals.dining.menu_values import DishValues, GroupValues, OptionValues, SizeValues
from app.verticals.dining.models import Category, Dish, Size
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def owner_of(place: Restaurant) -> Any:
    """A browser of the restaurant's owner."""
    return sign_in(place.app, place.house.members["Owner"])


def dish_named(name: str) -> Dish:
    """The dish of that name, with what is stored."""
    enter_scope(EVERYTHING)
    db.session.rollback()
    db.session.expire_all()
    enter_scope(EVERYTHING)
    return db.session.scalars(select(Dish).where(Dish.name == name)).one()


def form_of(category_id: int, **more: str) -> dict[str, str]:
    """A dish with two sizes and two questions, as typed."""
    return {
        "name": "鱼香肉丝", "category_id": str(category_id), "description": "下饭", "sale_hours": "10:00-14:00",
        "sizes-0-name": "小份", "sizes-0-price": "28", "sizes-0-stock": "", "sizes-0-low_stock": "5",
        "sizes-1-name": "大份", "sizes-1-price": "38.50", "sizes-1-stock": "12", "sizes-1-low_stock": "3",
        "groups-0-name": "辣度", "groups-0-least": "1", "groups-0-most": "1",
        "groups-0-options-0-name": "微辣", "groups-0-options-0-price": "", "groups-0-options-1-name": "特辣", "groups-0-options-1-price": "1",
        **more,
    }


def category_of(place: Restaurant) -> int:
    """The id of the restaurant's category."""
    with place.app.app_context():
        enter_scope(EVERYTHING)
        return db.session.scalars(select(Category.id).where(Category.shop_id == place.shop_id)).one()


@pytest.mark.covers("dining.S1", "dining.F1", "dining.E2")
def test_a_dish_is_typed_reviewed_and_then_on_the_public_menu(app: Flask) -> None:
    place = restaurant(app)
    owner, category = owner_of(place), category_of(place)
    answer = owner.post("/dining/menu/dish/new", data=form_of(category))
    assert answer.status_code == 303, answer.get_data(as_text=True)[-3000:]
    with app.app_context():
        dish = dish_named("鱼香肉丝")
        assert (dish.status, dish.position) == ("pending", 3)
        assert [(size.name, size.price, size.stock, size.low_stock) for size in dish.sizes] == [("小份", 2800, None, 5), ("大份", 3850, 12, 3)]
        assert [(group.name, group.least, group.most, [(each.name, each.price) for each in group.options]) for group in dish.groups] == [
            ("辣度", 1, 1, [("微辣", 0), ("特辣", 100)])
        ]
        case = db.session.scalars(select(Case).where(Case.subject_id == dish.id)).one()
        assert (case.kind, case.status, case.snapshot["sizes"]) == ("dining.dish", "waiting", "小份 ¥28.00；大份 ¥38.50")
        case_id = case.id
    menu = app.test_client().get(f"/api/v1/dining/shops/{place.shop_id}/menu").json
    assert "鱼香肉丝" not in [dish["name"] for each in menu["categories"] for dish in each["dishes"]]
    with app.app_context(), transaction(SETUP):
        approve_listing(db.session.get_one(Case, case_id), actor=SETUP, now=NOW)
    menu = app.test_client().get(f"/api/v1/dining/shops/{place.shop_id}/menu").json
    assert [dish["name"] for each in menu["categories"] for dish in each["dishes"]] == ["鲜虾粥", "牛肉面", "砂锅牛肉", "鱼香肉丝"]


def test_a_refusal_says_where_and_changes_nothing(app: Flask) -> None:
    place = restaurant(app)
    owner, category = owner_of(place), category_of(place)
    answer = owner.post("/dining/menu/dish/new", data=form_of(category, **{"name": "", "sizes-1-price": "3.999", "groups-0-least": "3"}))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "“3.999”不是金额" in page and 'id="sizes-1-price-error"' in page and 'value="3.999"' in page
    answer = owner.post("/dining/menu/dish/new", data=form_of(category, name="牛肉面"))
    assert answer.status_code == 409 and "“牛肉面”已经有了" in answer.get_data(as_text=True)
    with app.app_context():
        enter_scope(EVERYTHING)
        assert len(list(db.session.scalars(select(Dish)))) == 3


@pytest.mark.covers("dining.E2")
def test_only_what_policy_watches_goes_back_to_review(app: Flask) -> None:
    place = restaurant(app)
    owner, category = owner_of(place), category_of(place)
    with app.app_context():
        dish = dish_named("鲜虾粥")
        pk, size = dish.id, dish.sizes[0].id
    plain = {"name": "鲜虾粥", "category_id": str(category), "sizes-0-id": str(size), "sizes-0-name": "标准", "sizes-0-low_stock": "5", "sizes-0-stock_was": ""}
    assert owner.post(f"/dining/menu/dish/{pk}", data={**plain, "sizes-0-price": "20", "sizes-0-stock": "9"}).status_code == 303
    with app.app_context():
        dish = dish_named("鲜虾粥")
        assert (dish.status, dish.sizes[0].id, dish.sizes[0].price, dish.sizes[0].stock) == ("on_sale", size, 2000, 9)
    assert owner.post(f"/dining/menu/dish/{pk}", data={**plain, "sizes-0-price": "24", "sizes-0-stock": "9"}).status_code == 303
    with app.app_context():
        dish = dish_named("鲜虾粥")
        assert (dish.status, dish.sizes[0].price) == ("on_sale", 2000), "18 to 20 to 24 is more than 30 % above what was approved"
        case = db.session.scalars(select(Case).where(Case.subject_id == pk)).one()
        assert case.snapshot["sizes"] == "标准 ¥24.00"
        case_id = case.id
    with app.app_context(), transaction(SETUP):
        reject_listing(db.session.get_one(Case, case_id), actor=SETUP, now=NOW, reason="价格涨得太多")
    with app.app_context():
        dish = dish_named("鲜虾粥")
        assert (dish.status, dish.refusal, dish.proposed, dish.sizes[0].price) == ("on_sale", "价格涨得太多", {}, 2000)
    assert "价格涨得太多" in owner.get("/dining/menu/").get_data(as_text=True)


def on_menu(place: Restaurant, pk: int) -> dict[str, Any]:
    """The dish as customers read it."""
    menu = place.app.test_client().get(f"/api/v1/dining/shops/{place.shop_id}/menu").json
    return next(dish for each in menu["categories"] for dish in each["dishes"] if dish["id"] == pk)


@pytest.mark.covers("dining.E2")
def test_a_change_waits_beside_the_dish_on_sale_until_the_desk_decides(app: Flask) -> None:
    place = restaurant(app)
    owner, category, reviewer = owner_of(place), category_of(place), staff(app, "Reviewer")
    with app.app_context():
        dish = dish_named("鲜虾粥")
        pk, size = dish.id, dish.sizes[0].id
    typed = {
        "name": "鲜虾砂锅粥", "category_id": str(category), "description": "现熬", "sizes-0-id": str(size), "sizes-0-name": "标准", "sizes-0-price": "20",
        "sizes-0-stock": "9", "sizes-0-stock_was": "", "sizes-0-low_stock": "5",
    }

    def case() -> Case:
        enter_scope(EVERYTHING)
        return db.session.scalars(select(Case).where(Case.subject_id == pk).order_by(Case.id.desc())).first()  # type: ignore[return-value]

    assert owner.post(f"/dining/menu/dish/{pk}", data=typed).status_code == 303
    with app.app_context():
        dish = dish_named("鲜虾粥")
        assert (dish.status, dish.description, dish.sizes[0].price, dish.sizes[0].stock) == ("on_sale", "", 2000, 9)
        assert (case().status, case().snapshot["name"], case().snapshot["description"]) == ("waiting", "鲜虾砂锅粥", "现熬")
        first = case().id
    assert (on_menu(place, pk)["name"], on_menu(place, pk)["sizes"][0]["price"]) == ("鲜虾粥", 2000)
    assert "鲜虾砂锅粥" in reviewer.get(f"/review/?case={first}").get_data(as_text=True)
    assert "改动待审" in owner.get("/dining/menu/").get_data(as_text=True)
    assert 'value="鲜虾砂锅粥"' in owner.get(f"/dining/menu/dish/{pk}").get_data(as_text=True)
    taken = owner.post("/dining/menu/dish/new", data=form_of(category, name="鲜虾砂锅粥"))
    assert taken.status_code == 409, "the name is spoken for"

    assert owner.post(f"/dining/menu/dish/{pk}/offer", data={"withdraw": "1"}).status_code == 303
    assert owner.post(f"/dining/menu/dish/{pk}/offer", data={"withdraw": "1"}).status_code == 409
    with app.app_context():
        assert (dish_named("鲜虾粥").proposed, case().status) == ({}, "withdrawn")

    for decision, name in (("reject", "鲜虾粥"), ("approve", "鲜虾砂锅粥")):
        assert owner.post(f"/dining/menu/dish/{pk}", data={**typed, "sizes-0-stock_was": "9"}).status_code == 303
        with app.app_context():
            key = case().id
        reviewer.post(f"/review/{key}/claim")
        assert reviewer.post(f"/review/{key}/decide", data={"decision": decision, "reason": "菜名夸大"}).status_code in {302, 303}
        assert (on_menu(place, pk)["name"], on_menu(place, pk)["sizes"][0]["id"]) == (name, size)
    with app.app_context():
        dish = dish_named("鲜虾砂锅粥")
        assert (dish.status, dish.description, dish.refusal, dish.proposed, dish.sizes[0].stock) == ("on_sale", "现熬", "", {}, 9)
        told = set(db.session.scalars(select(Notice.words).where(Notice.kind == "dining.dish_rejected")))
        assert len(told) == 1 and "菜名夸大" in told.pop(), "who runs the shop hears why"


@pytest.mark.covers("dining.E2")
def test_sizes_and_choices_that_must_be_seen_wait_with_their_stock(app: Flask) -> None:
    place = restaurant(app)
    owner, category = owner_of(place), category_of(place)
    with app.app_context():
        dish = dish_named("鲜虾粥")
        pk, size = dish.id, dish.sizes[0].id
    typed = form_of(category, **{
        "name": "鲜虾粥", "description": "", "sale_hours": "", "sizes-0-id": str(size), "sizes-0-name": "标准", "sizes-0-price": "18", "sizes-0-stock": "7",
        "sizes-0-stock_was": "", "sizes-1-price": "40",
    })
    assert owner.post(f"/dining/menu/dish/{pk}", data=typed).status_code == 303
    with app.app_context():
        dish = dish_named("鲜虾粥")
        assert ([(each.name, each.price, each.stock) for each in dish.sizes], dish.groups, dish.status) == ([("标准", 1800, 7)], [], "on_sale")
        key = db.session.scalars(select(Case.id).where(Case.subject_id == pk)).one()
    with app.app_context(), transaction(SETUP):
        approve_listing(db.session.get_one(Case, key), actor=SETUP, now=NOW)
    with app.app_context():
        dish = dish_named("鲜虾粥")
        assert [(each.id == size, each.name, each.price, each.stock) for each in dish.sizes] == [(True, "标准", 1800, 7), (False, "大份", 4000, 12)]
        assert [(each.name, [(option.name, option.price) for option in each.options]) for each in dish.groups] == [("辣度", [("微辣", 0), ("特辣", 100)])]


def approve_change(app: Flask, pk: int) -> None:
    """The desk says yes to what waits beside the dish."""
    with app.app_context(), transaction(SETUP):
        case = db.session.scalars(select(Case).where(Case.subject_id == pk, Case.status == "waiting")).one()
        approve_listing(case, actor=SETUP, now=NOW)


def test_a_row_that_is_renamed_while_its_price_waits_stays_the_row_it_is(app: Flask) -> None:
    """Its key, its stock, and what orders took of it go with it."""
    place = restaurant(app)
    owner, category = owner_of(place), category_of(place)
    always = {"sale_hours": "", "groups-0-least": "0"}
    owner.post("/dining/menu/dish/new", data=form_of(category, **always))
    with app.app_context():
        dish = dish_named("鱼香肉丝")
        pk, (small, large) = dish.id, [size.id for size in dish.sizes]
        heat, (mild, hot) = dish.groups[0].id, [option.id for option in dish.groups[0].options]
    approve_change(app, pk)
    typed = form_of(category, **always, **{
        "sizes-0-id": str(small), "sizes-0-name": "一人份", "sizes-0-price": "99", "sizes-1-id": str(large), "sizes-1-stock": "12", "sizes-1-stock_was": "12",
        "groups-0-id": str(heat), "groups-0-name": "口味", "groups-0-options-0-id": str(mild), "groups-0-options-0-name": "少辣",
        "groups-0-options-1-id": str(hot),
    })
    assert owner.post(f"/dining/menu/dish/{pk}", data=typed).status_code == 303
    with app.app_context():
        dish = dish_named("鱼香肉丝")
        assert [(size.id, size.name, size.price) for size in dish.sizes] == [(small, "小份", 2800), (large, "大份", 3850)]
        assert ([each.name for each in dish.groups], dish.proposed["keys"]["sizes"]) == (["辣度"], {"一人份": small, "大份": large})
    shown = owner.get(f"/dining/menu/dish/{pk}").get_data(as_text=True)
    assert f'name="sizes-0-id" value="{small}"' in shown
    place.sizes["大份"] = large
    assert place.paid(Shopper(app, "li"), ("大份", 2))["payable"] == 7900  # with packing
    approve_change(app, pk)
    with app.app_context():
        dish = dish_named("鱼香肉丝")
        assert [(size.id, size.name, size.price, size.stock) for size in dish.sizes] == [(small, "一人份", 9900, None), (large, "大份", 3850, 10)]
        assert [(each.id, each.name, [(option.id, option.name) for option in each.options]) for each in dish.groups] == [
            (heat, "口味", [(mild, "少辣"), (hot, "特辣")]),
        ]


def test_rows_that_swap_names_while_a_price_waits_stand_as_they_were_until_then(app: Flask) -> None:
    """Also one that is removed while another takes its name."""
    place = restaurant(app)
    owner, category = owner_of(place), category_of(place)
    owner.post("/dining/menu/dish/new", data=form_of(category))
    with app.app_context():
        dish = dish_named("鱼香肉丝")
        pk, (small, large) = dish.id, [size.id for size in dish.sizes]
    approve_change(app, pk)

    def rows() -> list[tuple[int, str, int, int | None]]:
        with app.app_context():
            return [(size.id, size.name, size.price, size.stock) for size in dish_named("鱼香肉丝").sizes]

    swapped = form_of(category, **{
        "sizes-0-id": str(small), "sizes-0-name": "大份", "sizes-0-price": "99", "sizes-1-id": str(large), "sizes-1-name": "小份", "sizes-1-stock": "7",
        "sizes-1-stock_was": "12",
    })
    assert owner.post(f"/dining/menu/dish/{pk}", data=swapped).status_code == 303
    assert rows() == [(small, "小份", 2800, None), (large, "大份", 3850, 7)], "what was counted counts at once"
    approve_change(app, pk)
    assert rows() == [(small, "大份", 9900, None), (large, "小份", 3850, 7)]
    alone = {key: value for key, value in form_of(category).items() if not key.startswith("sizes-1")}
    alone |= {"sizes-0-id": str(large), "sizes-0-name": "大份", "sizes-0-price": "199", "sizes-0-stock": "7", "sizes-0-stock_was": "7"}
    assert owner.post(f"/dining/menu/dish/{pk}", data=alone).status_code == 303
    assert rows() == [(small, "大份", 9900, None), (large, "小份", 3850, 7)]
    approve_change(app, pk)
    assert rows() == [(large, "大份", 19_900, 7)]


def test_an_outdated_form_is_refused(app: Flask) -> None:
    place = restaurant(app)
    owner, category = owner_of(place), category_of(place)
    with app.app_context():
        dish = dish_named("鲜虾粥")
        pk, size, version = dish.id, dish.sizes[0].id, dish.version
    typed = {
        "name": "鲜虾粥", "category_id": str(category), "version": str(version), "sizes-0-id": str(size), "sizes-0-name": "标准", "sizes-0-price": "17",
        "sizes-0-stock": "", "sizes-0-stock_was": "", "sizes-0-low_stock": "5",
    }
    assert owner.post(f"/dining/menu/dish/{pk}", data=typed).status_code == 303
    answer = owner.post(f"/dining/menu/dish/{pk}", data={**typed, "sizes-0-price": "16"})
    assert answer.status_code == 409
    with app.app_context():
        assert dish_named("鲜虾粥").sizes[0].price == 1700


def test_sizes_may_swap_names_and_keep_their_stock_while_it_sells(app: Flask) -> None:
    place = restaurant(app)
    owner, category = owner_of(place), category_of(place)
    owner.post("/dining/menu/dish/new", data=form_of(category))
    with app.app_context():
        dish = dish_named("鱼香肉丝")
        pk, (small, large) = dish.id, [size.id for size in dish.sizes]
    with app.app_context(), transaction(SETUP):
        db.session.get_one(Size, large).stock = 4
    swapped = form_of(category, **{
        "sizes-0-id": str(small), "sizes-0-name": "大份", "sizes-1-id": str(large), "sizes-1-name": "小份", "sizes-1-stock": "12", "sizes-1-stock_was": "12",
    })
    assert owner.post(f"/dining/menu/dish/{pk}", data=swapped).status_code == 303
    with app.app_context():
        assert [(size.id, size.name, size.stock) for size in dish_named("鱼香肉丝").sizes] == [(small, "大份", None), (large, "小份", 4)]


@pytest.mark.covers("dining.F1")
def test_dishes_and_categories_are_sorted_by_hand(app: Flask) -> None:
    place = restaurant(app)
    owner, category = owner_of(place), category_of(place)
    with app.app_context():
        keys = [dish_named(name).id for name in ("砂锅牛肉", "鲜虾粥", "牛肉面")]
    assert owner.post("/dining/menu/sort", data={"category": category, "keys": ",".join(map(str, keys))}).status_code == 303
    owner.post("/dining/menu/sort", data={"category": category, "key": keys[2], "step": "up"})
    menu = app.test_client().get(f"/api/v1/dining/shops/{place.shop_id}/menu").json
    assert [dish["name"] for dish in menu["categories"][0]["dishes"]] == ["砂锅牛肉", "牛肉面", "鲜虾粥"]
    assert owner.post("/dining/menu/category", data={"name": "凉菜"}).status_code == 303
    assert owner.post("/dining/menu/category", data={"name": "凉菜"}).status_code == 409
    answer = owner.post("/dining/menu/category", data={"key": category, "remove": "1"})
    assert answer.status_code == 409 and "还有 3 道菜" in answer.get_data(as_text=True)


def test_another_restaurant_sees_and_touches_nothing(app: Flask) -> None:
    place, other = restaurant(app), restaurant(app, "隔壁面馆")
    thief = owner_of(other)
    with app.app_context():
        enter_scope(EVERYTHING)
        dish = db.session.scalars(select(Dish).where(Dish.shop_id == place.shop_id, Dish.name == "鲜虾粥")).one()
        pk, size, category = dish.id, dish.sizes[0].id, dish.category_id
    for path, data in (
        (f"/dining/menu/dish/{pk}", form_of(category)), (f"/dining/menu/dish/{pk}/sold-out", {"sold_out": "1"}),
        (f"/dining/menu/size/{size}/stock", {"stock": "0"}), (f"/dining/menu/dish/{pk}/offer", {"wanted": "0"}),
        (f"/dining/menu/dish/{pk}/remove", {}), ("/dining/menu/category", {"key": category, "name": "占了"}),
        ("/dining/menu/sort", {"category": category, "key": pk, "step": "down"}),
    ):
        assert thief.post(path, data=data).status_code == 404, path
    assert thief.post("/dining/menu/dish/new", data=form_of(category)).status_code == 422
    with app.app_context():
        enter_scope(EVERYTHING)
        dish = db.session.get_one(Dish, pk)
        assert (dish.status, dish.name, dish.sizes[0].stock, dish.sizes[0].sold_out) == ("on_sale", "鲜虾粥", None, False)


def test_a_removed_dish_leaves_a_line_in_the_audit(app: Flask) -> None:
    place = restaurant(app)
    with app.app_context():
        pk = dish_named("牛肉面").id
    assert owner_of(place).post(f"/dining/menu/dish/{pk}/remove").status_code == 303
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.get(Dish, pk) is None
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "dining_dish.removed")).one()
        assert (entry.subject_id, entry.changes["name"]) == (pk, ["牛肉面", None])


def test_kitchen_marks_sold_out_but_edits_nothing(app: Flask) -> None:
    place = restaurant(app)
    kitchen = sign_in(app, place.house.members["Kitchen"])
    with app.app_context():
        pk = dish_named("牛肉面").id
    assert kitchen.post(f"/dining/menu/dish/{pk}/sold-out", data={"sold_out": "1"}).status_code == 303
    assert kitchen.get(f"/dining/menu/dish/{pk}").status_code == 403
    assert kitchen.get("/dining/menu-file/").status_code == 403


def values(price: int = 1000, **more: Any) -> DishValues:
    """A plain dish."""
    return DishValues("面", 1, (SizeValues("标准", price),), **more)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (values(price=-1), "sizes.0.price"),
        (DishValues("面", 1, ()), "sizes"),
        (DishValues("面", 1, (SizeValues("大", 1), SizeValues("大", 2))), "sizes"),
        (values(groups=(GroupValues("辣", 2, 1, (OptionValues("微"),)),)), "groups.0.most"),
        (values(groups=(GroupValues("辣", 0, 1, (OptionValues("微+1"),)),)), "groups.0"),
        (values(groups=(GroupValues("辣", 0, 1, ()),)), "groups.0.options"),
        (values(sale_hours=(("10:00", "14:00"), ("13:00", "15:00"))), "sale_hours"),
    ],
)
def test_problems_name_their_field(wanted: DishValues, field: str) -> None:
    assert field in [each["field"] for each in dish_problems(wanted)]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [({"小": 1300}, []), ({"小": 1301}, ["price"]), ({"小": 900}, []), ({"小": 1000, "大": 1300}, []), ({"小": 1000, "大": 1301}, ["price"])],
)
def test_a_price_is_watched_above_thirty_percent(sizes: dict[str, int], expected: list[str]) -> None:
    approved = {"name": "面", "description": "", "image": "", "sizes": {"小": 1000}, "groups": {}}
    assert watched_changes(approved, {**approved, "sizes": sizes}, 300_000) == expected


@pytest.mark.covers("dining.E2")
def test_the_platform_lists_dishes_and_sends_one_back_to_review(app: Flask) -> None:
    restaurant(app)
    operator = staff(app, "Operator")
    with app.app_context():
        pk = dish_named("牛肉面").id
    assert "牛肉面" in operator.get("/dining/dishes/").get_data(as_text=True)
    assert "老巷子砂锅粥" in operator.get("/dining/shops/").get_data(as_text=True)
    assert operator.get(f"/dining/dishes/{pk}").status_code == 200
    assert operator.post(f"/dining/dishes/{pk}/move/recall", data={"reason": "有人举报图片"}).status_code == 303
    with app.app_context():
        assert dish_named("牛肉面").status == "pending"
        assert db.session.scalars(select(Case.status).where(Case.subject_id == pk)).one() == "waiting"
    assert staff(app, "Reviewer").post(f"/dining/dishes/{pk}/move/approve").status_code == 403, "only the desk decides"

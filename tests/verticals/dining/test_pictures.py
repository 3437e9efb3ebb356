"""Several pictures a dish, in the order that the restaurant gave them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.kernel.approvals.models import Case
from app.kernel.files.models import StoredFile
from app.verticals.dining.menu_rules import watched_changes
from app.verticals.dining.models import Dish
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.support.pictures import picture
from tests.verticals.dining.test_menu import category_of, form_of
from tests.verticals.dining.world import Restaurant, restaurant

COLOURS = ("#aa0000", "#00aa00", "#0000aa", "#aaaa00", "#00aaaa", "#aa00aa", "#123456")


def files(count: int, first: int = 0) -> list[tuple[io.BytesIO, str]]:
    return [(io.BytesIO(picture(colour=colour)), f"{colour}.jpg") for colour in COLOURS[first:first + count]]


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


@pytest.fixture
def owner(app: Flask, place: Restaurant) -> FlaskClient:
    return sign_in(app, place.house.members["Owner"])


@pytest.fixture
def typed(place: Restaurant) -> dict[str, Any]:
    return form_of(category_of(place))


def dish(app: Flask, name: str = "鱼香肉丝") -> tuple[int, list[str], int]:
    """(id, keys of the pictures, version)."""
    with app.app_context():
        enter_scope(EVERYTHING)
        found = db.session.scalars(select(Dish).where(Dish.name == name)).one()
        return found.id, list(found.images), found.version


def stored(app: Flask) -> int:
    with app.app_context():
        enter_scope(EVERYTHING)
        return len(db.session.scalars(select(StoredFile.id)).all())


def add(owner: FlaskClient, typed: dict[str, Any], count: int, **more: Any) -> Any:
    return owner.post("/dining/menu/dish/new", data={**typed, "picture": files(count), **more})


def save(app: Flask, owner: FlaskClient, typed: dict[str, Any], **more: Any) -> Any:
    pk, _images, version = dish(app)
    return owner.post(f"/dining/menu/dish/{pk}", data={**typed, "version": str(version), **more})


def test_pictures_keep_the_order_in_which_they_were_put(app: Flask, owner: FlaskClient, typed: dict[str, Any]) -> None:
    assert add(owner, typed, 3, **{"picture-arranged": "1", "picture-order": ["new:2", "new:0", "new:1"]}).status_code == 303
    _pk, [blue, red, green], _version = dish(app)
    page = owner.get(f"/dining/menu/dish/{dish(app)[0]}").get_data(as_text=True)
    assert [page.index(f'value="{key}"') for key in (blue, red, green)] == sorted(page.index(f'value="{key}"') for key in (blue, red, green))
    order = {"picture-arranged": "1", "picture-order": [green, "new:0", blue], "picture": files(1, 3)}
    assert save(app, owner, typed, **order).status_code == 303
    _pk, images, _version = dish(app)
    assert (images[0], images[2], len(images)) == (green, blue, 3) and images[1] not in {red, green, blue}


def test_without_scripts_numbers_order_and_ticks_remove(app: Flask, owner: FlaskClient, typed: dict[str, Any]) -> None:
    add(owner, typed, 3)
    _pk, [first, second, third], _version = dish(app)
    places = {f"picture-place-{first}": "3", f"picture-place-{second}": "2", f"picture-place-{third}": "1", "picture-remove": second}
    assert save(app, owner, typed, **places, picture=files(1, 3)).status_code == 303
    images = dish(app)[1]
    assert images[:2] == [third, first] and len(images) == 3
    assert save(app, owner, typed).status_code == 303
    assert dish(app)[1] == images


def test_a_seventh_picture_a_foreign_one_and_what_is_none_are_refused_and_change_nothing(app: Flask, owner: FlaskClient, typed: dict[str, Any]) -> None:
    assert add(owner, typed, 7).status_code == 422
    assert stored(app) == 0
    add(owner, typed, 2)
    before = dish(app)
    other = restaurant(app, "别家")
    add(sign_in(app, other.house.members["Owner"]), {**form_of(category_of(other)), "name": "别家的菜"}, 1)
    foreign = dish(app, "别家的菜")[1][0]
    many = save(app, owner, typed, picture=files(5, 2))
    assert (many.status_code, "最多 6 张图片" in many.get_data(as_text=True)) == (422, True)
    stolen = save(app, owner, typed, **{"picture-arranged": "1", "picture-order": [before[1][0], foreign]})
    assert (stolen.status_code, "这张图片不在这里" in stolen.get_data(as_text=True)) == (422, True)
    assert save(app, owner, typed, picture=[(io.BytesIO(b"no picture"), "x.jpg")]).status_code == 422
    assert (dish(app), stored(app)) == (before, 3)


def test_customers_see_all_of_them_the_cover_first(app: Flask, place: Restaurant, owner: FlaskClient, typed: dict[str, Any]) -> None:
    add(owner, typed, 2)
    pk, keys, _version = dish(app)
    with app.app_context(), transaction(SETUP) as session:
        from app.framework.flow import move

        move(session.get_one(Dish, pk), "approve", actor=SETUP, now=session.get_one(Dish, pk).created_at)
    shown = Shopper(app, "li").get(f"/dining/shops/{place.shop_id}/menu").json
    [found] = [each for heading in shown["categories"] for each in heading["dishes"] if each["id"] == pk]
    assert found["images"] == [f"/media/{key}.webp" for key in keys] and found["image"] == found["images"][0]


def test_reviewers_see_every_picture_and_a_new_one_only_goes_back_to_them(app: Flask, owner: FlaskClient, typed: dict[str, Any]) -> None:
    add(owner, typed, 2)
    keys = dish(app)[1]
    reviewer = staff(app, "Reviewer")
    with app.app_context(), transaction(SETUP) as session:
        case = session.scalars(select(Case).where(Case.kind == "dining.dish", Case.subject_id == dish(app)[0])).one().id
    page = reviewer.get(f"/review/?case={case}").get_data(as_text=True)
    assert "1 / 2" in page and f"/media/{keys[0]}.webp" in page
    assert f"/media/{keys[1]}.webp" in reviewer.get(f"/review/?case={case}&paper=1").get_data(as_text=True)
    approved = {"name": "面", "description": "", "image": "a b", "sizes": {}, "groups": {}}
    assert watched_changes(approved, {**approved, "image": "b a"}, 0) == watched_changes(approved, {**approved, "image": "b"}, 0) == []
    assert watched_changes(approved, {**approved, "image": "a b c"}, 0) == ["image"]

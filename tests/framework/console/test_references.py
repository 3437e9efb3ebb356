"""A record leads to what it names and to the lists of what names it, as far as the reader may open them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.console import seeing
from app.framework.database import enter_scope
from tests.framework.console.conftest import Person

DISH = 1


def cafe_of(site: Flask, dish: int) -> tuple[int, str]:
    """Key and name of the café that the dish belongs to."""
    with site.app_context():
        enter_scope(EVERYTHING)
        statement = text("SELECT cafe.id, cafe.name FROM sample_dish dish JOIN sample_cafe cafe ON cafe.id = dish.merchant_id WHERE dish.id = :id")
        found = db.session.execute(statement, {"id": dish}).one()
        return found.id, found.name


def test_a_fact_leads_to_the_record_that_it_is_of(site: Flask, as_: Person) -> None:
    key, name = cafe_of(site, DISH)
    page = as_("operator").get(f"/sample/dishes/{DISH}").get_data(as_text=True)
    assert f'<dt>商户</dt><dd><a href="/sample/cafes/{key}">{name}</a></dd>' in page
    assert "by-leads" not in page  # its fact leads there; said once


def test_a_list_takes_a_filter_for_each_record_that_its_rows_name(site: Flask, as_: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    view = next(each for each in site.extensions["appbuilder"].baseviews if getattr(each, "name", "") == "sample.dishes")
    key, name = cafe_of(site, DISH)
    monkeypatch.setattr(type(view), "filters", tuple(each for each in view.filters if each.name != "merchant_id"))
    operator = as_("operator")
    page = operator.get(f"/sample/dishes/?merchant_id={key}").get_data(as_text=True)
    assert re.findall(r'by-pill--on"[^>]*aria-label="([^"]+)"', page) == [f"去掉筛选 商户：{name}"]
    assert operator.get("/sample/dishes/?merchant_id=abc").status_code == 422
    assert "by-pill--on" not in operator.get("/sample/dishes/").get_data(as_text=True)


def test_a_record_counts_what_names_it(site: Flask, as_: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    view: Any = next(each for each in site.extensions["appbuilder"].baseviews if getattr(each, "name", "") == "sample.cafes")
    key, _name = cafe_of(site, DISH)
    monkeypatch.setattr(type(view), "related", ())
    page = as_("operator").get(f"/sample/cafes/{key}").get_data(as_text=True)
    assert f'<a class="by-btn by-btn--small" href="/sample/dishes/?merchant_id={key}"><span>菜品</span><span class="by-count">' in page


def test_who_does_not_see_the_name_has_no_way_and_no_filter(site: Flask, as_: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    view: Any = next(each for each in site.extensions["appbuilder"].baseviews if getattr(each, "name", "") == "sample.cafes")
    key, name = cafe_of(site, DISH)
    monkeypatch.setattr(type(view), "related", ())
    monkeypatch.setattr(seeing, "_read", [lambda: {"sample.dishes": {"Operator": frozenset({"merchant.name"})}}])
    operator = as_("operator")
    dish = operator.get(f"/sample/dishes/{DISH}").get_data(as_text=True)
    assert (f"/sample/cafes/{key}" in dish, f">{name}<" in dish) == (False, False)
    assert "/sample/dishes/?merchant_id=" not in operator.get(f"/sample/cafes/{key}").get_data(as_text=True)
    whole, filtered = (operator.get(f"/sample/dishes/{query}").get_data(as_text=True) for query in ("", f"?merchant_id={key}"))
    assert ("by-pill--on" in filtered, whole.count('role="row"')) == (False, filtered.count('role="row"'))

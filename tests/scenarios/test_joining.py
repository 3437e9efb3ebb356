"""Every trade takes a newcomer by the same way: join, apply with its papers, be reviewed, be let in; then the trade's first page opens."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from sqlalchemy import select

from app.framework.database import transaction
from app.kernel.approvals.queries import demands_of
from app.kernel.parties.models import Merchant
from app.verticals.groupbuy.models import Leader, Supplier
from app.verticals.stays.models import House
from tests.kernel.approvals.conftest import COMPANY
from tests.kernel.approvals.test_doors import NEWCOMER, joining_code
from tests.support.people import SETUP, sign_in, staff
from tests.support.pictures import picture

# The trade, the category, where its people begin, and what they have from the first minute.
WAYS = (
    pytest.param("stays", "homestay", "/stays/house/", House, marks=pytest.mark.covers("stays.S1", "stays.E1")),
    pytest.param("groupbuy", "leader", "/groupbuy/day/", Leader, marks=pytest.mark.covers("groupbuy.S1", "groupbuy.E1")),
    pytest.param("groupbuy", "supplier", "/groupbuy/supply/", Supplier, marks=pytest.mark.covers("groupbuy.S1", "groupbuy.E1")),
    pytest.param("vouchers", "restaurant", "/vouchers/deals/", None, marks=pytest.mark.covers("vouchers.S1", "vouchers.E1")),
)


@pytest.mark.parametrize(("trade", "category", "first", "thing"), WAYS)
def test_a_newcomer_joins_applies_and_is_let_in(app: Flask, trade: str, category: str, first: str, thing: type | None) -> None:
    browser = app.test_client()
    joined = browser.post("/join/", data={**NEWCOMER, "trade": trade, "code": joining_code(app, browser)})
    assert joined.status_code == 303, joined.get_data(as_text=True)
    owner = sign_in(app, NEWCOMER["username"])
    assert owner.get(first).status_code == 403
    told = owner.post(f"/application/{trade}/company", data={**COMPANY, "category": category})
    assert told.status_code == 303, re.findall(r'error">([^<]+)<', told.get_data(as_text=True))
    with app.app_context(), transaction(SETUP):
        papers = [(each.kind, each.expires) for each in demands_of(trade)]
    for kind, expires in papers:
        data = {"kind": kind, "file": (io.BytesIO(picture()), f"{kind}.jpg"), **({"expires_on": "2031-01-01"} if expires else {})}
        assert owner.post(f"/application/{trade}/papers", data=data).status_code == 303, kind
    assert owner.post(f"/application/{trade}/submit").status_code == 303
    reviewer = staff(app, "Reviewer")
    claimed = reviewer.post("/review/next")
    page = reviewer.get(claimed.headers["Location"]).get_data(as_text=True)
    key, version = re.search(r"case=(\d+)", claimed.headers["Location"])[1], re.search(r'name="version" value="(\d+)"', page)[1]
    assert reviewer.post(f"/review/{key}/decide", data={"decision": "approve", "version": version}).status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        made = session.scalars(select(Merchant).where(Merchant.name == NEWCOMER["name"])).one()
        assert (made.status, made.trades) == ("open", [trade])
        assert thing is None or [each.merchant_id for each in session.scalars(select(thing))] == [made.id]
    assert owner.get(first).status_code == 200

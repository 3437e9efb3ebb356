"""One primary action a page: what to do here is one thing, whatever the role."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.kernel.parties.roles import MERCHANT_ROLES, PLATFORM_ROLES
from tests.framework.test_access_matrix import plain_pages
from tests.support.people import Shopper, sign_in, staff
from tests.verticals.dining.world import restaurant

HEAD = re.compile(r'<div class="by-head">.*?(?=<section|<form class="by-card|<div class="by-record|<div class="by-stack|</main)', re.S)
RECORDS = ("/dining/orders/1", "/refunds/1", "/merchants/1", "/members/1", "/dining/dishes/1", "/messages/")


@pytest.mark.parametrize("role", [role.name for role in (*PLATFORM_ROLES, *MERCHANT_ROLES)])
def test_the_head_of_a_page_has_at_most_one_primary_action(app: Flask, role: str) -> None:
    place: Any = restaurant(app)
    place.paid(Shopper(app, "li"), ("鲜虾粥", 1))
    browser = sign_in(app, place.house.members[role]) if role in place.house.members else staff(app, role)
    crowded = []
    for path in ("/", *RECORDS, *(rule.rule for rule, _right, _view in plain_pages(app))):
        answer = browser.get(path, follow_redirects=True)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            crowded += [path for head in HEAD.findall(answer.get_data(as_text=True)) if head.count("by-btn--primary") > 1]
    assert crowded == []

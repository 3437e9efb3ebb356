"""What leaves a list reaches no further than the list."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actors import EVERYTHING, PUBLIC, Scope
from app.framework.database import enter_scope, plain_rows
from app.framework.spreadsheets.cells import plain_text, text_cell
from app.kernel.parties.models import Membership, Merchant, StaffUser
from tests.support.people import merchant


def test_plain_rows_are_those_of_the_scope(app: Flask) -> None:
    first, second = merchant(app, "甲"), merchant(app, "乙")
    with app.app_context():
        for scope, owners, names in (
            (EVERYTHING, {first.merchant_id, second.merchant_id}, 10), (Scope("merchant", first.merchant_id), {first.merchant_id}, 0), (PUBLIC, set(), 0),
        ):
            enter_scope(scope)
            assert {row[0] for row in plain_rows(select(Membership.merchant_id))} == owners
            joined = select(Membership.merchant_id, Merchant.name).outerjoin(Membership.merchant)
            assert {row[0] for row in plain_rows(joined)} == owners
            assert len(plain_rows(select(StaffUser.username))) == names


@pytest.mark.parametrize(
    ("value", "cell", "text"),
    [
        ("=1+1", '<c s="8" t="inlineStr"><is><t xml:space="preserve">=1+1</t></is></c>', "'=1+1"),
        ("13800138000", '<c s="3" t="inlineStr"><is><t>13800138000</t></is></c>', "13800138000"),
        ("420000123420261123", '<c s="3" t="inlineStr"><is><t>420000123420261123</t></is></c>', "'420000123420261123"),
        (10**17, '<c s="3" t="inlineStr"><is><t>100000000000000000</t></is></c>', "'100000000000000000"),
        ("盐 & <糖>", '<c s="3" t="inlineStr"><is><t xml:space="preserve">盐 &amp; &lt;糖&gt;</t></is></c>', "盐 & <糖>"),
    (None, "<c/>", ""), (7, "<c><v>7</v></c>", "7"),
    ],
)
def test_cells_stay_what_they_are(value: object, cell: str, text: str) -> None:
    assert (text_cell(value), plain_text(value)) == (cell, text)

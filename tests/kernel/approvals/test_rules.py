"""Credit codes, masks, risk words, clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.kernel.approvals.rules import (
    changed_names,
    credit_check,
    credit_code_fault,
    is_expired,
    is_expiring,
    is_free,
    masked_account,
    minutes_left,
    risk_words_in,
)
from app.kernel.approvals.views.desk import marked

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000802100433B", "91440300708461136T"])
def test_real_credit_codes_are_accepted(unlimited, code):
    assert credit_code_fault(code) is None
    assert credit_check(code[:17]) == code[17]


@pytest.mark.parametrize(("code", "says"), [
    ("91350100M000100Y4", "18 位"), ("91350100M000100Y44", "校验位"), ("9135O100M000100Y43", "第 5 位不能是字母 O，是不是 0？"),
    ("91350100M000100Y4#", "第 18 位"),
    ("19350100M000100Y43", "校验位"),
])
def test_a_wrong_credit_code_says_where(unlimited, code, says):
    assert says in credit_code_fault(code)


def test_risk_words_are_found_once_in_any_value():
    snapshot = {"company": "老灶台", "notice": "国家级大厨，国家级美味，加v 优惠"}
    assert risk_words_in(snapshot, ("国家级", "加V", "刷单")) == ["国家级", "加V"]


def test_marking_escapes_everything_else():
    assert str(marked("<b>国家级</b>", ["国家级"])) == "&lt;b&gt;<mark>国家级</mark>&lt;/b&gt;"
    assert str(marked("<b>", [])) == "&lt;b&gt;"


def test_differences_need_a_previous_version():
    assert changed_names({}, {"a": 1}) == []
    assert changed_names({"a": 1, "b": "", "gone": 3}, {"a": 2, "b": None, "new": 4}) == ["a", "new", "gone"]


def test_masks_keep_the_tail():
    assert masked_account("6222020000001233307") == "**** 3307"
    assert masked_account("") == ""


def test_days_of_a_document():
    today = date(2026, 11, 23)
    assert [is_expired(day, today) for day in (today, today - timedelta(1), None)] == [False, True, False]
    assert [is_expiring(day, today, 30) for day in (today, today + timedelta(30), today + timedelta(31), today - timedelta(1), None)] == [
        True, True, False, False, False,
    ]


def test_a_case_is_free_for_its_holder_and_after_a_quarter_of_an_hour():
    later = NOW + timedelta(minutes=15)
    assert is_free(None, None, 1, NOW)
    assert is_free(1, later, 1, NOW)
    assert not is_free(1, later, 2, NOW)
    assert is_free(1, later, 2, later)


def test_the_clock_counts_down_to_below_zero():
    assert [minutes_left(NOW + timedelta(seconds=each), NOW) for each in (90, 0, -1)] == [1, 0, -1]

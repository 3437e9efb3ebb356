"""Waterfall, release, merging: tables of cases, and what must hold for all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import Ppm
from app.kernel.ledger.accounts import (
    BOOKS,
    merchant_available,
    merchant_deposit,
    merchant_receivable,
    merchant_reserve,
    points,
    points_issued,
    revenue,
)
from app.kernel.ledger.rules import imbalance, merged, release_parts, waterfall
from app.kernel.ledger.values import AccountRef, Entry, Share, credit, debit

SOURCES = (merchant_available(1), merchant_reserve(1), merchant_deposit(1))
LAST = merchant_receivable(1)


@pytest.mark.parametrize(
    ("amount", "held", "taken"),
    [
        (2958, (6656, 739, 0), (2958, 0, 0, 0)),
        (2958, (2958, 739, 0), (2958, 0, 0, 0)),
        (2958, (1000, 739, 5000), (1000, 739, 1219, 0)),
        (2958, (0, 739, 5000), (0, 739, 2219, 0)),
        (2958, (1000, 739, 200), (1000, 739, 200, 1019)),
        (2958, (0, 0, 0), (0, 0, 0, 2958)),
        (1, (0, 0, 1), (0, 0, 1, 0)),
        (0, (5, 5, 5), (0, 0, 0, 0)),
    ],
)
def test_a_late_refund_takes_available_then_reserve_then_deposit_then_we_advance(
    amount: int, held: tuple[int, ...], taken: tuple[int, ...]
) -> None:
    shares = waterfall(amount, SOURCES, dict(zip(SOURCES, held, strict=True)), LAST)
    expected = [Share(account, part) for account, part in zip((*SOURCES, LAST), taken, strict=True) if part]
    assert shares == expected


amounts = st.integers(min_value=0, max_value=10**11)


@given(amounts, st.tuples(amounts, amounts, amounts))
def test_the_waterfall_adds_up_and_never_overdraws(amount: int, held: tuple[int, int, int]) -> None:
    shares = waterfall(amount, SOURCES, dict(zip(SOURCES, held, strict=True)), LAST)
    assert sum(share.amount for share in shares) == amount
    limits = dict(zip(SOURCES, held, strict=True))
    assert all(0 < share.amount <= limits.get(share.account, amount) for share in shares)


@pytest.mark.parametrize(
    ("amount", "ppm", "parts"),
    [(7395, 100_000, (6656, 739)), (7395, 0, (7395, 0)), (1, 100_000, (1, 0)), (5, 500_000, (3, 2)), (0, 100_000, (0, 0))],
)
def test_the_odd_fen_of_a_release_goes_to_the_party(amount: int, ppm: int, parts: tuple[int, int]) -> None:
    assert release_parts(amount, Ppm(ppm)) == parts


@given(amounts, st.integers(min_value=0, max_value=1_000_000))
def test_a_release_splits_without_remainder(amount: int, ppm: int) -> None:
    free, kept = release_parts(amount, Ppm(ppm))
    assert free + kept == amount
    assert free >= 0 and kept >= 0


def test_entries_on_one_account_become_one_and_those_that_cancel_vanish() -> None:
    first, second = revenue("commission"), revenue("delivery")
    assert merged([credit(first, 5), debit(second, 3), credit(first, 2), credit(second, 3)]) == (Entry(first, 7),)


def test_assets_balance_each_for_itself() -> None:
    entries = [credit(revenue("commission"), 5), debit(points_issued("platform"), 5)]
    assert imbalance(entries) == {"CNY": 5, "PTS": -5}
    assert imbalance([credit(points(1, "platform"), 5), debit(points_issued("platform"), 5)]) == {}


@given(
    st.from_regex(r"[a-z_]{1,12}", fullmatch=True), st.integers(0, 10**12), st.sampled_from(sorted(BOOKS)),
    st.sampled_from(["CNY", "PTS"]), st.from_regex(r"[a-z]{0,8}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9_:\-]{0,20}", fullmatch=True),
)
def test_an_address_names_one_account_and_can_be_read_back(
    owner_kind: str, owner_id: int, book: str, asset: str, trade: str, label: str
) -> None:
    ref = AccountRef(owner_kind, owner_id, book, asset, trade, label)
    assert AccountRef.parse(ref.address) == ref


def test_an_account_that_was_never_posted_to_holds_nothing() -> None:
    assert waterfall(5, SOURCES, {SOURCES[1]: 2}, LAST) == [Share(SOURCES[1], 2), Share(LAST, 3)]

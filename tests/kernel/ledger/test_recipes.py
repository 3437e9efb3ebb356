"""The recipes of the design as tables, to the fen."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.money import Fen, Ppm, share_ppm
from app.kernel.ledger.accounts import (
    available,
    bank,
    cash_held,
    cash_own,
    channel_balance,
    clearing,
    cost,
    escrow,
    merchant_available,
    merchant_deposit,
    merchant_pending,
    merchant_receivable,
    merchant_reserve,
    merchant_withdrawing,
    payout_in_transit,
    pending,
    refund_payable,
    revenue,
    wallet_principal,
)
from app.kernel.ledger.postings import cash, completion, payment, payout, refund, release
from app.kernel.ledger.queries import balance, balances, transactions_of_order
from app.kernel.ledger.rules import merged
from app.kernel.ledger.values import AccountRef, OrderRef, Posting, Share
from tests.kernel.ledger.conftest import NOON, WECHAT, commit

ORDER = OrderRef(order_id=501, trade="groupbuy", merchant_id=12)
CUSTOMER = 7
LEADER, COURIER = pending("leader", 3), pending("courier", 4)
SHARES = {
    "payees": [Share(merchant_pending(12), 7395), Share(LEADER, 425), Share(COURIER, 850)],
    "revenues": [Share(revenue("commission"), 680), Share(revenue("delivery"), 150)],
}
BACK = {"to_customers": {CUSTOMER: 3080}, "subsidies": {"coupon_subsidy": 320}, "refunded_at": NOON}

PAID = payment.order_paid(
    ORDER, payment="4200001", paid=[Share(WECHAT, 8700)], subsidies={"coupon_subsidy": 800}, paid_at=NOON
)
FEE = payment.channel_fee(ORDER, source="4200001", clearing=WECHAT, amount=52, charged_at=NOON)
COMPLETED = completion.order_completed(ORDER, **SHARES, completed_at=NOON)
HOLD_OVER = release.hold_over(
    ORDER, owner_kind="merchant", owner_id=12, amount=7395, reserve_ppm=Ppm(100_000), released_at=NOON
)
RESERVE_OVER = release.reserve_over(ORDER, owner_kind="merchant", owner_id=12, amount=739, released_at=NOON)
REFUND_BEFORE = refund.refund_before_completion(ORDER, refund="r1", **BACK)
REFUND_AFTER = refund.refund_after_completion(
    ORDER, refund="r1", payees=[Share(merchant_pending(12), 2958), Share(LEADER, 170)],
    revenues=[Share(revenue("commission"), 272)], **BACK,
)
REFUND_LATE = refund.refund_after_settlement(
    ORDER, refund="r1",
    from_merchant=[
        Share(merchant_available(12), 1000), Share(merchant_reserve(12), 739), Share(merchant_deposit(12), 200),
        Share(merchant_receivable(12), 1019),
    ],
    payees=[Share(available("leader", 3), 170)], revenues=[Share(revenue("commission"), 272)], **BACK,
)
SURPLUS = refund.surplus_refund(
    ORDER, payment="4200002", customer_id=CUSTOMER, clearing=WECHAT, amount=8700, received_at=NOON
)
CONFIRMED = refund.refund_confirmed(
    ORDER, refund="r1", customer_id=CUSTOMER, clearing=WECHAT, amount=3080, confirmed_at=NOON
)
REFUND_FAILED = refund.refund_failed(
    ORDER, refund="r1", customer_id=CUSTOMER, amount=3080, paid_into=wallet_principal(CUSTOMER, "platform"), failed_at=NOON
)
CASH_BACK = cash.cash_refund_after_completion(
    ORDER, refund="r1", to_customers={CUSTOMER: 4300}, subsidies={}, cash=4300, from_merchant=(), to_merchant=[Share(merchant_available(12), 344)],
    revenues=[Share(revenue("commission"), 344)], refunded_at=NOON,
)
CASH_DONE = cash.cash_order_completed(
    ORDER, cash=4300, payees=(), from_merchant=[Share(merchant_available(12), 100), Share(merchant_receivable(12), 244)],
    revenues=[Share(revenue("commission"), 344)], completed_at=NOON,
)
PAYEE = {"payout": "P1", "owner_kind": "merchant", "owner_id": 12, "amount": 6656, "at": NOON}
PAID_FROM = channel_balance("1900000001")
PROMISED = {refund_payable(CUSTOMER): 3080, cost("coupon_subsidy"): 320}

RECIPES: list[tuple[Posting, str, dict[AccountRef, int]]] = [
    (PAID, "order_paid", {WECHAT: -8700, cost("coupon_subsidy"): -800, escrow("groupbuy"): 9500}),
    (FEE, "channel_fee", {cost("channel_fee"): -52, WECHAT: 52}),
    (COMPLETED, "order_completed", {
        escrow("groupbuy"): -9500, merchant_pending(12): 7395, LEADER: 425, COURIER: 850,
        revenue("commission"): 680, revenue("delivery"): 150,
    }),
    (HOLD_OVER, "hold_over", {merchant_pending(12): -7395, merchant_available(12): 6656, merchant_reserve(12): 739}),
    (RESERVE_OVER, "reserve_over", {merchant_reserve(12): -739, merchant_available(12): 739}),
    (REFUND_BEFORE, "refund_promised", {escrow("groupbuy"): -3400, **PROMISED}),
    (REFUND_AFTER, "refund_promised", {
        merchant_pending(12): -2958, LEADER: -170, revenue("commission"): -272, **PROMISED,
    }),
    (REFUND_LATE, "refund_promised", {
        merchant_available(12): -1000, merchant_reserve(12): -739, merchant_deposit(12): -200,
        merchant_receivable(12): -1019, available("leader", 3): -170, revenue("commission"): -272, **PROMISED,
    }),
    (SURPLUS, "surplus_received", {WECHAT: -8700, refund_payable(CUSTOMER): 8700}),
    (CONFIRMED, "refund_confirmed", {refund_payable(CUSTOMER): -3080, WECHAT: 3080}),
    (REFUND_FAILED, "refund_failed", {refund_payable(CUSTOMER): -3080, wallet_principal(CUSTOMER, "platform"): 3080}),
    (CASH_DONE, "order_completed", {
        escrow("groupbuy"): -4300, cash_own(12): 4300, merchant_available(12): -100, merchant_receivable(12): -244, revenue("commission"): 344,
    }),
    (CASH_BACK, "refund_promised", {
        cash_own(12): -4300, revenue("commission"): -344, refund_payable(CUSTOMER): 4300, merchant_available(12): 344,
    }),
    (cash.refunded_in_cash(ORDER, refund="r1", customer_id=CUSTOMER, amount=900, at=NOON), "refunded_in_cash", {
        refund_payable(CUSTOMER): -900, cash_held(12): 900,
    }),
    (cash.cash_counted(shift="B1", merchant_id=12, difference=-50, maker="member:1", memo="找零", at=NOON), "cash_counted", {
        cash_held(12): 50, cash_own(12): -50,
    }),
    (payout.payout_asked(**PAYEE), "payout_asked", {merchant_available(12): -6656, merchant_withdrawing(12): 6656}),
    (payout.payout_cancelled(**PAYEE), "payout_cancelled", {merchant_withdrawing(12): -6656, merchant_available(12): 6656}),
    (payout.payout_submitted(**PAYEE), "payout_submitted", {merchant_withdrawing(12): -6656, payout_in_transit(): 6656}),
    (payout.payout_paid(**PAYEE, paid_from=PAID_FROM), "payout_paid", {payout_in_transit(): -6656, PAID_FROM: 6656}),
    (payout.payout_failed(**PAYEE), "payout_failed", {payout_in_transit(): -6656, merchant_available(12): 6656}),
    (payout.payout_returned(**PAYEE, paid_from=bank()), "payout_returned", {bank(): -6656, merchant_available(12): 6656}),
]


@pytest.mark.parametrize(("posting", "kind", "expected"), RECIPES, ids=lambda value: value if isinstance(value, str) else "")
def test_the_recipe_moves_exactly_this(posting: Posting, kind: str, expected: dict[AccountRef, int]) -> None:
    assert posting.kind == kind
    assert {entry.account: entry.amount for entry in merged(posting.entries)} == expected
    assert sum(expected.values()) == 0


def test_the_shares_of_the_example_are_what_the_rates_say() -> None:
    base = 9000 - 500
    commission, leader, courier = share_ppm(base, 80_000), share_ppm(base, 50_000), share_ppm(1000, 850_000)
    assert (commission, leader, courier, base - commission - leader) == (680, 425, 850, Fen(7395))


@pytest.mark.covers("dining.R1")
def test_an_order_from_payment_to_payout_leaves_every_account_as_the_design_says(unlimited: Flask) -> None:
    for posting in (PAID, FEE, COMPLETED, HOLD_OVER):
        commit(posting)
    for step in (payout.payout_asked, payout.payout_submitted):
        commit(step(**PAYEE))
    commit(payout.payout_paid(**PAYEE, paid_from=PAID_FROM))
    expected = {
        escrow("groupbuy"): 0, WECHAT: -8648, cost("coupon_subsidy"): -800, cost("channel_fee"): -52,
        revenue("commission"): 680, revenue("delivery"): 150, merchant_pending(12): 0, merchant_available(12): 0,
        merchant_reserve(12): 739, merchant_withdrawing(12): 0, payout_in_transit(): 0, PAID_FROM: 6656, LEADER: 425,
        COURIER: 850,
    }
    assert balances(expected) == expected
    assert [transaction.kind for transaction in transactions_of_order(501)] == [
        "order_paid", "channel_fee", "order_completed", "hold_over"
    ]


def test_the_order_stands_on_the_transaction_with_trade_merchant_and_rules(unlimited: Flask) -> None:
    commit(payment.order_paid(
        ORDER, payment="4200009", paid=[Share(clearing("wechat", "2"), 100)], subsidies={}, paid_at=NOON, rule_versions=[4, 9]
    ))
    (transaction,) = transactions_of_order(501)
    assert (transaction.trade, transaction.merchant_id, transaction.rule_versions) == ("groupbuy", 12, [4, 9])
    assert [(entry.seq, entry.account.ref, entry.amount) for entry in transaction.entries] == [
        (1, clearing("wechat", "2"), -100), (2, escrow("groupbuy"), 100)
    ]
    assert balance(escrow("groupbuy")) == 100

"""What each posting function moves, to the fen: the tables of their docstrings. A function without a row here or in `test_recipes` fails a test."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.kernel.ledger import postings
from app.kernel.ledger.accounts import (
    account_receivable,
    available,
    bank,
    channel_balance,
    clearing,
    cost,
    deferred,
    dispute_hold,
    escrow,
    merchant_available,
    merchant_deposit,
    merchant_receivable,
    merchant_reserve,
    order_transit,
    payout_in_transit,
    points,
    points_issued,
    recon_suspense,
    refund_payable,
    revenue,
    unidentified_receipt,
    wallet_bonus,
    wallet_principal,
    withdrawing,
)
from app.kernel.ledger.postings import (
    account,
    adjustment,
    bill,
    campaign,
    correction,
    deposit,
    dispute,
    offset,
    plan,
    reconciliation,
    sharing,
    splitting,
    wallet,
    withdrawal,
)
from app.kernel.ledger.postings import points as points_postings
from app.kernel.ledger.rules import merged
from app.kernel.ledger.values import AccountRef, OrderRef, Posting, Share
from tests.kernel.ledger.conftest import NOON, WECHAT

ORDER = OrderRef(order_id=501, trade="groupbuy", merchant_id=12)
AT = {"at": NOON}
HOUSE = {"merchant_id": 12, **AT}
TWO = {"maker": "staff:1", "checker": "staff:2"}
MONTH = {"kind": "commission", "trade": "dining", "number": "M1", "rule_version": 3, **HOUSE}
FOUND = {"number": "B1", "source": WECHAT, "effect": 8700}
SETTLED = {"number": "B1", "memo": "查到了", "resolved_at": NOON, **TWO}
DRAWN = {"payout": "W1", "owner_kind": "leader", "owner_id": 3, "amount": 5000, **AT}
LEADER, HELD = available("leader", 3), withdrawing("leader", 3)
CHARGE = {"key": "C1", "trade": "dining", "merchant_id": 12, **AT}
BASIC = channel_balance("1900000001")
FUND = {"bill": "1900000001:BASIC:2026-11-01", "balance": BASIC, "clearing": WECHAT, "ended_at": NOON}
TOP_UP = {
    "payment": "42P1", "merchant_id": 12, "trade": "dining", "customer_id": 7, "issuer": "12", "clearing": WECHAT, "fee_kind": "stored_value_commission",
    "rule_versions": (3,), "paid_at": NOON,
}
UNSPENT = {
    "refund": "V1", "trade": "dining", "customer_id": 7, "issuer": "12", "fee_kind": "stored_value_commission", **HOUSE, **TWO,
}
OWED, THEIRS = account_receivable(5, "C5"), clearing("wechat", "1900000099")
RECEIPT = {"receipt": 9, "receivable": OWED, **TWO, **AT}
EARNED = {"order": ORDER, "key": "O1", "customer_id": 7, "issuer": "M12", "amount": 38, **AT}
SHARED = {"order": ORDER, "theirs": THEIRS}
PRINCIPAL, GIFT = wallet_principal(7, "12"), wallet_bonus(7, "12")

ROWS: list[tuple[Callable[..., Posting], dict[str, Any], dict[AccountRef, int]]] = [
    (account.refunded_to_account, {"order": ORDER, "refund": "r1", "customer_id": 7, "receivable": OWED, "amount": 3080, **AT}, {
        refund_payable(7): -3080, OWED: 3080,
    }),
    (account.account_paid, {**RECEIPT, "amount": 500000, "reference": "B77", "received_on": NOON.date()}, {bank(): -500000, OWED: 500000}),
    (account.account_written_off, {**RECEIPT, "amount": 120000, "memo": "关店"}, {cost("bad_debt"): -120000, OWED: 120000}),
    (points_postings.points_given, {"kind": "points_earned", **EARNED}, {points_issued("M12"): -38, points(7, "M12"): 38}),
    (points_postings.points_taken, {"kind": "points_expired", **EARNED}, {points(7, "M12"): -38, points_issued("M12"): 38}),
    (points_postings.refunded_to_points, {
        "order": ORDER, "refund": "r1", "customer_id": 7, "issuer": "M12", "bearer": Share(merchant_receivable(12), 300), "amount": 300, "back": 280, **AT,
    }, {refund_payable(7): -300, merchant_receivable(12): 300, points_issued("M12"): -280, points(7, "M12"): 280}),
    (points_postings.refunded_to_points, {
        "order": ORDER, "refund": "r1", "customer_id": 7, "issuer": "P", "bearer": Share(cost("points_cost"), 300), "amount": 300, "back": 0, **AT,
    }, {refund_payable(7): -300, cost("points_cost"): 300}),
    (sharing.share_done, {**SHARED, "part": "S1-1", "into": [Share(WECHAT, 680)], "shared_at": NOON}, {WECHAT: -680, THEIRS: 680}),
    (sharing.share_returned, {**SHARED, "number": "S1R1", "out_of": [Share(WECHAT, 272)], "returned_at": NOON}, {THEIRS: -272, WECHAT: 272}),
    (sharing.rest_left, {
        **SHARED, "number": "S1", "taken": [Share(merchant_available(12), 8000), Share(merchant_receivable(12), 20)], "left_at": NOON,
    }, {merchant_available(12): -8000, merchant_receivable(12): -20, THEIRS: 8020}),
    (sharing.rest_taken, {
        **SHARED, "number": "r1", "given": [Share(merchant_receivable(12), 20), Share(merchant_available(12), 2788)], "taken_at": NOON,
    }, {THEIRS: -2808, merchant_receivable(12): 20, merchant_available(12): 2788}),
    (adjustment.fee_charged_at_months_end, {
        **MONTH, "from_merchant": [Share(merchant_available(12), 700), Share(merchant_reserve(12), 300), Share(merchant_receivable(12), 200)],
    }, {merchant_available(12): -700, merchant_reserve(12): -300, merchant_receivable(12): -200, revenue("commission"): 1200}),
    (adjustment.fee_given_back_at_months_end, {**MONTH, "amount": 1200}, {revenue("commission"): -1200, merchant_available(12): 1200}),
    (bill.fund_bill_booked, {**FUND, "received": 8700, "refunded": 3080, "fees": 34, "others": 0}, {BASIC: -5586, cost("channel_fee"): -34, WECHAT: 5620}),
    (bill.fund_bill_booked, {**FUND, "received": 0, "refunded": 0, "fees": 0, "others": -500}, {BASIC: 500, unidentified_receipt(): -500}),
    (correction.statement_corrected, {**HOUSE, **TWO, "dispute": "D1", "amount": 1200, "memo": "少算"}, {
        cost("compensation"): -1200, merchant_available(12): 1200,
    }),
    (deposit.deposit_fined, {**HOUSE, **TWO, "fine": "F1", "amount": 20000, "memo": "违约"}, {merchant_deposit(12): -20000, revenue("fine"): 20000}),
    (deposit.fine_lifted, {**HOUSE, "maker": "staff:1", "fine": "F1", "amount": 20000, "memo": "申诉"}, {
        revenue("fine"): -20000, merchant_deposit(12): 20000,
    }),
    (deposit.deposit_returned, {**HOUSE, "key": "R1", "amount": 180000}, {merchant_deposit(12): -180000, merchant_available(12): 180000}),
    (dispute.dispute_opened, {"order": ORDER, **HOUSE, "complaint": "Q1", "amount": 3080}, {merchant_available(12): -3080, dispute_hold(12): 3080}),
    (dispute.dispute_closed, {"order": ORDER, **HOUSE, "complaint": "Q1", "amount": 3080}, {dispute_hold(12): -3080, merchant_available(12): 3080}),
    (dispute.complaint_borne, {"order": ORDER, **HOUSE, **TWO, "complaint": "Q1", "amount": 1540}, {
        cost("compensation"): -1540, merchant_available(12): 1540,
    }),
    (offset.receivable_offset, {**HOUSE, "amount": 500, "number": "O1"}, {merchant_available(12): -500, merchant_receivable(12): 500}),
    (plan.charge_paid, {**CHARGE, "source": merchant_available(12), "into": deferred("annual_fee"), "amount": 120000, "rule_version": 3}, {
        merchant_available(12): -120000, deferred("annual_fee"): 120000,
    }),
    (plan.day_earned, {**CHARGE, "kind": "annual_fee", "amount": 329}, {deferred("annual_fee"): -329, revenue("annual_fee"): 329}),
    (plan.charge_given_back, {**CHARGE, **TWO, "kind": "annual_fee", "to": merchant_available(12), "amount": 60000}, {
        deferred("annual_fee"): -60000, merchant_available(12): 60000,
    }),
    (plan.surplus_of_merchant, {**HOUSE, "payment": "42P2", "clearing": WECHAT, "amount": 120000}, {WECHAT: -120000, merchant_available(12): 120000}),
    (reconciliation.break_opened, {**FOUND, "found_at": NOON}, {WECHAT: -8700, recon_suspense(): 8700}),
    (reconciliation.break_matched, {**FOUND, "matched_at": NOON}, {recon_suspense(): -8700, WECHAT: 8700}),
    (reconciliation.break_resolved, {**SETTLED, "effect": 8700, "resolution": "unidentified"}, {recon_suspense(): -8700, unidentified_receipt(): 8700}),
    (reconciliation.break_resolved, {**SETTLED, "effect": -8700, "resolution": "loss"}, {cost("bad_debt"): -8700, recon_suspense(): 8700}),
    (reconciliation.break_resolved, {**SETTLED, "effect": -200, "resolution": "coupon"}, {cost("coupon_subsidy"): -200, recon_suspense(): 200}),
    (reconciliation.break_resolved, {**SETTLED, "effect": -8700, "resolution": "bank"}, {bank(): -8700, recon_suspense(): 8700}),
    (reconciliation.break_resolved, {**SETTLED, "effect": 8700, "resolution": "bank"}, {recon_suspense(): -8700, bank(): 8700}),
    (reconciliation.payout_by_channel, {"payout": "S1", "amount": 6656, "moved_at": NOON}, {bank(): -6656, unidentified_receipt(): 6656}),
    (wallet.wallet_topped_up, {**TOP_UP, "amount": 10000, "gift": 1000, "fee": 200}, {
        WECHAT: -10000, merchant_receivable(12): -1200, PRINCIPAL: 10000, GIFT: 1000, revenue("stored_value_commission"): 200,
    }),
    (wallet.wallet_topped_up, {**TOP_UP, "amount": 10000, "gift": 0, "fee": 0}, {WECHAT: -10000, PRINCIPAL: 10000}),
    (wallet.refunded_to_wallet, {
        "order": ORDER, "refund": "r1", "customer_id": 7, "parts": [Share(PRINCIPAL, 3030), Share(GIFT, 303)], "amount": 3333, **AT,
    }, {refund_payable(7): -3333, PRINCIPAL: 3030, GIFT: 303}),
    (wallet.wallet_given_back, {**UNSPENT, "principal": 6000, "gift": 600, "fee": 120, "to_merchant": [Share(merchant_receivable(12), 720)]}, {
        PRINCIPAL: -6000, GIFT: -600, revenue("stored_value_commission"): -120, refund_payable(7): 6000, merchant_receivable(12): 720,
    }),
    (wallet.wallet_given_back, {
        **UNSPENT, "principal": 6000, "gift": 600, "fee": 0, "to_merchant": [Share(merchant_receivable(12), 200), Share(merchant_available(12), 400)],
    }, {PRINCIPAL: -6000, GIFT: -600, refund_payable(7): 6000, merchant_receivable(12): 200, merchant_available(12): 400}),
    (wallet.wallet_given_back, {**UNSPENT, "principal": 6000, "gift": 0, "fee": 0, "to_merchant": []}, {PRINCIPAL: -6000, refund_payable(7): 6000}),
    (withdrawal.withdrawal_asked, DRAWN, {LEADER: -5000, HELD: 5000}),
    (withdrawal.withdrawal_cancelled, DRAWN, {HELD: -5000, LEADER: 5000}),
    (withdrawal.withdrawal_submitted, DRAWN, {HELD: -5000, payout_in_transit(): 5000}),
    (withdrawal.withdrawal_paid, {**DRAWN, "fee": 100, "paid_from": bank()}, {payout_in_transit(): -5000, bank(): 4900, revenue("withdrawal"): 100}),
    (withdrawal.withdrawal_paid, {**DRAWN, "fee": 0, "paid_from": BASIC}, {payout_in_transit(): -5000, BASIC: 5000}),
    (campaign.campaign_shared, {
        "order": ORDER, "key": "J1", "from_merchants": [Share(merchant_available(12), 300), Share(merchant_available(13), 200)], **AT,
    }, {
        merchant_available(12): -300, merchant_available(13): -200, cost("coupon_subsidy"): 500,
    }),
    (campaign.campaign_returned, {
        "order": ORDER, "key": "J1", "to_merchants": [Share(merchant_available(12), 150), Share(merchant_available(13), 100)], **AT,
    }, {
        merchant_available(12): 150, merchant_available(13): 100, cost("coupon_subsidy"): -250,
    }),
    (splitting.order_given_up, {"order": ORDER, "key": "1", "amount": 3000, **AT}, {escrow("groupbuy"): -3000, order_transit(): 3000}),
    (splitting.order_taken_over, {"order": ORDER, "key": "1", "amount": 3000, **AT}, {order_transit(): -3000, escrow("groupbuy"): 3000}),
    (withdrawal.withdrawal_failed, DRAWN, {payout_in_transit(): -5000, LEADER: 5000}),
    (withdrawal.withdrawal_returned, {**DRAWN, "fee": 100, "paid_from": bank()}, {bank(): -4900, revenue("withdrawal"): -100, LEADER: 5000}),
]


@pytest.mark.covers("dining.R1")
@pytest.mark.parametrize(("function", "arguments", "expected"), ROWS, ids=[function.__name__ for function, *_ in ROWS])
def test_it_moves_exactly_this(function: Callable[..., Posting], arguments: dict[str, Any], expected: dict[AccountRef, int]) -> None:
    posting = function(**arguments)
    assert {entry.account: entry.amount for entry in merged(posting.entries)} == expected
    assert sum(expected.values()) == 0


def test_every_posting_function_has_a_row() -> None:
    modules = {each.name: importlib.import_module(f"{postings.__name__}.{each.name}") for each in pkgutil.iter_modules(postings.__path__)}
    functions = {
        (name, each.__name__) for name, module in modules.items() for each in vars(module).values()
        if inspect.isfunction(each) and each.__module__ == module.__name__ and each.__annotations__.get("return") == "Posting"
        and not each.__name__.startswith("_")
    }
    shown = {(module, name) for path in Path(__file__).parent.glob("test_*recipe*.py") for module, name in _named(path)}
    assert len(functions) > 40 and sorted(functions - shown) == []


def _named(path: Path) -> set[tuple[str, str]]:
    """Every `module.function` that stands in a file."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return {(node.value.id.removesuffix("_postings"), node.attr) for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)}

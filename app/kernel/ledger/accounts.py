"""The chart of accounts: the books, and a small constructor for every account that postings name.

Credit positive: what is owed to a party (pending, available, escrow, revenue) is ≥ 0, what we hold or spend (clearing,
bank, cost, receivable) is ≤ 0. A book with a floor keeps a live balance that the database never lets below it; a book
without one is busy with everybody's entries and is summed from the last closed day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.values import AccountRef, Share

CNY, PTS = "CNY", "PTS"


@dataclass(frozen=True)
class Book:
    """A kind of account: the word people read, and the least it may hold in fen (None: no floor, no live balance)."""

    title: Any
    floor: int | None = None


# The same names and floors as the rows of `ledger_book`; a test compares them.
BOOKS: dict[str, Book] = {
    "pending": Book(_l("待结算"), 0),
    "available": Book(_l("可提现"), 0),
    "reserve": Book(_l("留存金"), 0),
    "withdrawing": Book(_l("提现中"), 0),
    "deposit": Book(_l("保证金"), 0),
    "receivable": Book(_l("平台垫付应收")),
    "account_receivable": Book(_l("月结应收")),
    "cash_held": Book(_l("商户手里的现金")),
    "cash_own": Book(_l("现金归商户")),
    "dispute_hold": Book(_l("争议冻结"), 0),
    "float": Book(_l("备用金"), 0),
    "refund_payable": Book(_l("应退顾客"), 0),
    "wallet_principal": Book(_l("储值本金"), 0),
    "wallet_bonus": Book(_l("储值赠送"), 0),
    "points": Book(_l("积分"), 0),
    "points_issued": Book(_l("已发积分")),
    "clearing": Book(_l("支付渠道待清算")),
    "channel_balance": Book(_l("渠道账户余额")),
    "bank": Book(_l("银行存款")),
    "payout_in_transit": Book(_l("付款在途")),
    "escrow": Book(_l("订单托管")),
    "voucher_liability": Book(_l("未核销券款")),
    "order_transit": Book(_l("订单拆分在途")),
    "revenue": Book(_l("平台收入")),
    "deferred": Book(_l("递延收入")),
    "cost": Book(_l("平台成本")),
    "output_vat": Book(_l("销项税")),
    "withholding": Book(_l("代扣代缴")),
    "unidentified_receipt": Book(_l("不明来款")),
    "recon_suspense": Book(_l("对账挂账")),
}


def _platform(book: str, *, trade: str = "", label: str = "", asset: str = CNY) -> AccountRef:
    return AccountRef("platform", 0, book, asset, trade, label)


# ---- parties: owed to them, never below zero ---------------------------------------------------------------------------

def pending(owner_kind: str, owner_id: int) -> AccountRef:
    """Earned by the party, still inside the hold."""
    return AccountRef(owner_kind, owner_id, "pending")


def available(owner_kind: str, owner_id: int) -> AccountRef:
    """The party's own to withdraw."""
    return AccountRef(owner_kind, owner_id, "available")


def reserve(owner_kind: str, owner_id: int) -> AccountRef:
    """The rolling part kept back for later refunds."""
    return AccountRef(owner_kind, owner_id, "reserve")


def withdrawing(owner_kind: str, owner_id: int) -> AccountRef:
    """Asked for and held, not yet sent."""
    return AccountRef(owner_kind, owner_id, "withdrawing")


def merchant_pending(merchant_id: int) -> AccountRef:
    """Earned by the merchant, still inside the hold."""
    return pending("merchant", merchant_id)


def merchant_available(merchant_id: int) -> AccountRef:
    """The merchant's own to withdraw or be settled."""
    return available("merchant", merchant_id)


def merchant_reserve(merchant_id: int) -> AccountRef:
    """The merchant's rolling reserve."""
    return reserve("merchant", merchant_id)


def merchant_withdrawing(merchant_id: int) -> AccountRef:
    """What the merchant asked to be paid and is held for it."""
    return withdrawing("merchant", merchant_id)


def merchant_deposit(merchant_id: int) -> AccountRef:
    """The security deposit that the merchant put down."""
    return AccountRef("merchant", merchant_id, "deposit")


def merchant_receivable(merchant_id: int) -> AccountRef:
    """What we advanced for the merchant; debit, so ≤ 0."""
    return AccountRef("merchant", merchant_id, "receivable")


def account_receivable(account_id: int, number: str) -> AccountRef:
    """What a company owes us on its monthly account; debit, so ≤ 0 unless it has a credit. No floor: the limit is the account's."""
    return AccountRef("company", account_id, "account_receivable", label=number)


def cash_held(merchant_id: int) -> AccountRef:
    """Cash that cashiers took for orders and that lies with the merchant; debit, so ≤ 0. No floor: a drawer may hold more than it should."""
    return AccountRef("merchant", merchant_id, "cash_held")


def cash_own(merchant_id: int) -> AccountRef:
    """What of the cash in its drawers the merchant has earned, with what counting found or missed. It has it already: nobody pays it out."""
    return AccountRef("merchant", merchant_id, "cash_own")


def dispute_hold(merchant_id: int) -> AccountRef:
    """Held from the merchant while a complaint is open."""
    return AccountRef("merchant", merchant_id, "dispute_hold")


def refund_payable(customer_id: int) -> AccountRef:
    """Promised to the customer, until the channel confirms the refund."""
    return AccountRef("customer", customer_id, "refund_payable")


def wallet_principal(customer_id: int, issuer: str) -> AccountRef:
    """Stored value that the customer paid for, at one issuer."""
    return AccountRef("customer", customer_id, "wallet_principal", label=issuer)


def wallet_bonus(customer_id: int, issuer: str) -> AccountRef:
    """Stored value that was given on top, at one issuer."""
    return AccountRef("customer", customer_id, "wallet_bonus", label=issuer)


def wallet_shares(customer_id: int, issuer: str, principal: int, amount: int) -> list[Share]:
    """`amount` fen of a wallet: `principal` of what the customer paid for, the rest of what was given on top."""
    return [Share(wallet_principal(customer_id, issuer), principal), Share(wallet_bonus(customer_id, issuer), amount - principal)]


def points(customer_id: int, issuer: str) -> AccountRef:
    """The customer's points at one issuer; asset PTS."""
    return AccountRef("customer", customer_id, "points", PTS, label=issuer)


def points_issued(issuer: str) -> AccountRef:
    """The other side of all points of an issuer; asset PTS, ≤ 0."""
    return _platform("points_issued", label=issuer, asset=PTS)


# ---- channels and banks: held by us, ≤ 0 ------------------------------------------------------------------------------

def clearing(channel: str, number: str) -> AccountRef:
    """Paid by customers through the channel to the account `number`, not yet in its balance."""
    return AccountRef("channel", 0, "clearing", label=f"{channel}:{number}")


def channel_balance(number: str, kind: str = "BASIC") -> AccountRef:
    """Mirror of the channel's own balance of the account `number`: BASIC, OPERATION, or FEES."""
    return AccountRef("channel", 0, "channel_balance", label=f"{number}:{kind}")


def bank(number: str = "main") -> AccountRef:
    """A bank account of ours."""
    return _platform("bank", label=number)


def payout_in_transit() -> AccountRef:
    """Sent out, not yet proven by a bill; owed until then, so ≥ 0 in sum."""
    return _platform("payout_in_transit")


# ---- orders, revenue, cost, tax ---------------------------------------------------------------------------------------

def escrow(trade: str) -> AccountRef:
    """Paid for orders of the trade that are not completed; the order stands on every transaction."""
    return _platform("escrow", trade=trade)


def order_transit() -> AccountRef:
    """Between two orders, one of which was split off the other; zero after each operation."""
    return _platform("order_transit")


def revenue(kind: str) -> AccountRef:
    """Earned by the platform, one account per fee kind: commission, delivery, margin."""
    return _platform("revenue", label=kind)


def deferred(kind: str) -> AccountRef:
    """Received for what is earned over time: annual fees, memberships, pins."""
    return _platform("deferred", label=kind)


def cost(kind: str) -> AccountRef:
    """Borne by the platform: channel_fee, coupon_subsidy, bonus_cost, points_cost, compensation, bad_debt, purchase; ≤ 0."""
    return _platform("cost", label=kind)


def output_vat() -> AccountRef:
    """Value added tax owed on our revenue."""
    return _platform("output_vat")


def withholding(tax: str) -> AccountRef:
    """Tax that we withhold from a person and owe to the state."""
    return _platform("withholding", label=tax)


# ---- control ----------------------------------------------------------------------------------------------------------

def unidentified_receipt() -> AccountRef:
    """Money that arrived and that nobody could be found for yet."""
    return _platform("unidentified_receipt")


def recon_suspense() -> AccountRef:
    """Equals the open breaks of reconciliation, always."""
    return _platform("recon_suspense")

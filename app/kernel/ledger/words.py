"""How postings, accounts, and their owners are called on pages."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.extensions import db
from app.framework.console.links import trade_title
from app.kernel.ledger.models import LedgerAccount
from app.kernel.parties.models import Merchant

KINDS = {
    "order_paid": _l("订单支付"), "order_completed": _l("订单完成"), "refund_promised": _l("退款"), "refund_confirmed": _l("退款到账"),
    "campaign_shared": _l("联合活动分担"), "campaign_returned": _l("退回联合活动分担"),
    "order_given_up": _l("拆出到单独的订单"), "order_taken_over": _l("从原订单拆来"),
    "refund_failed": _l("退款失败"), "hold_over": _l("放款"), "reserve_over": _l("留存到期"), "payout_asked": _l("申请付款"),
    "payout_submitted": _l("提交付款"), "payout_paid": _l("付款到账"), "payout_failed": _l("付款失败"), "payout_returned": _l("付款退汇"),
    "withdrawal_asked": _l("申请提现"), "withdrawal_submitted": _l("提现付出"), "withdrawal_paid": _l("提现到账"),
    "withdrawal_failed": _l("提现没付成"), "withdrawal_returned": _l("提现退汇"), "withdrawal_cancelled": _l("取消提现"),
    "statement_corrected": _l("账单更正"),
    "payout_cancelled": _l("取消付款"), "receivable_offset": _l("抵扣垫付"), "reversal": _l("冲正"), "surplus_received": _l("多收待退"),
    "fee_adjusted": _l("月末费率调整"),
    "points_earned": _l("得积分"), "points_spent": _l("用积分"), "points_taken_back": _l("收回积分"), "points_expired": _l("积分到期"),
    "points_adjusted": _l("积分调整"), "refunded_to_points": _l("退回积分"),
    "wallet_topped_up": _l("储值"), "refunded_to_wallet": _l("退回储值"), "wallet_given_back": _l("退还储值余额"),
    "refunded_in_cash": _l("现金退款"), "cash_counted": _l("交班差额"),
    "refunded_to_account": _l("退到月结账户"), "account_paid": _l("月结回款"), "account_written_off": _l("月结坏账核销"),
    "recon_break_opened": _l("差异挂账"), "recon_break_matched": _l("差异对上"), "recon_break_resolved": _l("差异了结"),
    "share_done": _l("分账"), "share_returned": _l("分账回退"), "rest_left": _l("渠道归商户"), "rest_taken": _l("渠道从商户扣退款"),
    "fund_bill": _l("资金账单"), "payout_by_channel": _l("渠道代付"),
}

LABELS = {
    "commission": _l("佣金"), "delivery_margin": _l("配送费差额"), "entry": _l("入驻费"), "withdrawal": _l("提现手续费"), "channel_fee": _l("渠道手续费"),
    "coupon_subsidy": _l("优惠补贴"), "compensation": _l("赔付"),
    "points_cost": _l("积分成本"), "bad_debt": _l("坏账"), "annual": _l("年费"), "main": _l("主账户"),
}
OWNERS = {"platform": _l("平台"), "channel": _l("渠道"), "merchant": _l("商户"), "customer": _l("顾客"), "company": _l("月结企业"), "courier": _l("配送员")}


def account_words(account: LedgerAccount) -> str:
    """`平台收入 · 佣金`, `订单托管 · 点餐`: the book, its trade, its label; without the owner."""
    return " · ".join([str(account.title), *_within(account)])


def words_within_book(account: LedgerAccount) -> str:
    """`佣金`, `点餐`: the account where its book stands above it."""
    return " · ".join(_within(account)) or str(account.title)


def _within(account: LedgerAccount) -> list[str]:
    trade = [trade_title(account.trade)] if account.trade else []
    return [*trade, str(LABELS.get(account.label, account.label))] if account.label else trade


def owners_in_words(accounts: Iterable[LedgerAccount]) -> dict[int, str]:
    """Id of the account → who owns it: a merchant by name, a customer by number, the platform, a channel."""
    known = {each.id: each for each in accounts}
    merchants = {each.owner_id for each in known.values() if each.owner_kind == "merchant"}
    names: dict[int, str] = dict(db.session.execute(select(Merchant.id, Merchant.name).where(Merchant.id.in_(merchants))).tuples().all())

    def one(account: LedgerAccount) -> str:
        if account.owner_kind == "merchant" and account.owner_id in names:
            return names[account.owner_id]
        word = str(OWNERS.get(account.owner_kind, account.owner_kind))
        return _("%(kind)s %(number)s", kind=word, number=account.owner_id) if account.owner_id else word

    return {key: one(account) for key, account in known.items()}

"""How postings are called on pages."""

from flask_babel import lazy_gettext as _l

KINDS = {
    "order_paid": _l("订单支付"), "order_completed": _l("订单完成"), "refund_promised": _l("退款"), "refund_confirmed": _l("退款到账"),
    "refund_failed": _l("退款失败"), "hold_over": _l("放款"), "reserve_over": _l("留存到期"), "payout_asked": _l("申请付款"),
    "payout_submitted": _l("提交付款"), "payout_paid": _l("付款到账"), "payout_failed": _l("付款失败"), "payout_returned": _l("付款退汇"),
    "withdrawal_asked": _l("申请提现"), "withdrawal_submitted": _l("提现付出"), "withdrawal_paid": _l("提现到账"),
    "withdrawal_failed": _l("提现没付成"), "withdrawal_returned": _l("提现退汇"), "withdrawal_cancelled": _l("取消提现"),
    "statement_corrected": _l("账单更正"),
    "payout_cancelled": _l("取消付款"), "receivable_offset": _l("抵扣垫付"), "reversal": _l("冲正"), "surplus_received": _l("多收待退"),
    "fee_adjusted": _l("月末费率调整"),
    "recon_break_opened": _l("差异挂账"), "recon_break_matched": _l("差异对上"), "recon_break_resolved": _l("差异了结"),
    "fund_bill": _l("资金账单"), "payout_by_channel": _l("渠道代付"),
}

"""Payments, refunds and the other ways of giving money back, what the channel told us, its bills, and what was odd about all of it."""

from app.kernel.payments.models.anomalies import ANOMALY_FLOW, ANOMALY_KINDS, DONE, Anomaly
from app.kernel.payments.models.money import MONEY_STAFF, NOTICE_FLOW, PAYMENT_FLOW, REFUND_FLOW, BillLine, ChannelBill, ChannelNotice, Payment, Refund
from app.kernel.payments.models.other_ways import OTHER_WAY_FLOW, OtherWay

__all__ = [
    "ANOMALY_FLOW", "ANOMALY_KINDS", "DONE", "MONEY_STAFF", "NOTICE_FLOW", "OTHER_WAY_FLOW", "PAYMENT_FLOW", "REFUND_FLOW",
    "Anomaly", "BillLine", "ChannelBill", "ChannelNotice", "OtherWay", "Payment", "Refund",
]

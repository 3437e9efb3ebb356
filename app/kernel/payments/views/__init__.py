"""Pages of money in and out."""

from app.kernel.payments.views.money import BILL_KINDS, GROUP, BillForm, BillView, NoticeView, PaymentView, RefundView, content_of

__all__ = ["BILL_KINDS", "GROUP", "BillForm", "BillView", "NoticeView", "PaymentView", "RefundView", "content_of"]

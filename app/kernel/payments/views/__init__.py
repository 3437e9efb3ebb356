"""Pages of money in and out."""

from app.kernel.payments.views.money import GROUP, BillForm, BillView, NoticeView, PaymentView, RefundView, content_of

__all__ = ["GROUP", "BillForm", "BillView", "NoticeView", "PaymentView", "RefundView", "content_of"]

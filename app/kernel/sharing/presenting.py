"""How the sharing of a payment is shown beside the payment."""

from __future__ import annotations

from app.framework.console.columns import Column
from app.framework.console.page import may
from app.framework.console.view import view_url
from app.kernel.payments.models import Payment
from app.kernel.sharing.queries import sharing_of
from app.kernel.sharing.views.sharings import SharingView


def _number(payment: Payment) -> str | None:
    found = sharing_of(payment.id) if payment.sub_merchant else None
    return found.number if found else None


def _page(payment: Payment) -> str | None:
    found = sharing_of(payment.id) if payment.sub_merchant and may(SharingView, "show") else None
    return view_url(SharingView, "show", pk=found.id) if found else None


SHARING = Column("sharing", SharingView.title, value=_number, to=_page, export=False)

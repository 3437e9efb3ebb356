"""What cash brings: the cashier's desk, shifts with their report, two proofs."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.framework.manifest import Grant, Manifest, MenuItem
from app.kernel.cash.models import SHIFT_FLOW
from app.kernel.cash.notices import NOTICES
from app.kernel.cash.proofs import CASH_PROOFS
from app.kernel.cash.queries import waiting_at_drawer
from app.kernel.cash.tender import TENDER
from app.kernel.cash.views import CashDeskPage, CashShiftView
from app.kernel.payments import tenders

READ = ("list", "show", "export")

tenders.register(TENDER)

manifest = Manifest(
    name="cash",
    title=_l("现金"),
    order=74,
    flows=(SHIFT_FLOW,),
    notices=NOTICES,
    checks=CASH_PROOFS,
    words={
        "cash_shift.opened": _l("开班"), "cash_shift.taken": _l("收现金"), "cash_shift.given_back": _l("退现金"), "cash_shift.differs": _l("交班现金对不上"),
    },
    fields={
        "cash_shift.opening": Column("opening", _l("备用金"), kind="money"), "cash_shift.difference": Column("difference", _l("差额"), kind="money"),
    },
    views=(CashDeskPage, CashShiftView),
    grants=(
        *(Grant(role, CashDeskPage.name, ("index", "work")) for role in ("Owner", "Manager", "Cashier")),
        *(Grant(role, CashShiftView.name, (*READ, "close")) for role in ("Owner", "Manager", "Cashier")),
        *(Grant(role, CashShiftView.name, READ) for role in ("Operator", "Finance")),
    ),
    menu=(
        MenuItem(CashDeskPage.name, "CashDeskPage.index", _l("收银台"), "wallet", _l("工作"), 132, badge=waiting_at_drawer),
        MenuItem(CashShiftView.name, "CashShiftView.list", _l("收银班次"), "clock", _l("工作"), 133),
    ),
)

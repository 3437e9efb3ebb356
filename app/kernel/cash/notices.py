"""What those who run a merchant are told about drawers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.cash.models import CashShift
from app.kernel.parties.roles import RUNNERS

CASHIER = Variable("cashier", _l("收银员"), _l("林小燕"), required=True)
DIFFERENCE = Variable("difference", _l("差额"), "−¥5.00", required=True)
REASON = Variable("reason", _l("原因"), _l("找零找错了"))


def _about(shift: CashShift, happening: Happening) -> Told:
    values = {"cashier": shift.cashier, "difference": yuan(shift.difference or 0), "reason": happening.reason}
    return Told("CashShiftView.show", {"pk": shift.id}, values, merchant_id=shift.merchant_id, roles=RUNNERS)


NOTICES = (
    NoticeKind(
        "cash.differs", _l("交班现金对不上"), _l("店主和店长"), ("cash_shift.differs",), _about, _l("{cashier}交班差 {difference}"),
        _l("{cashier}的钱箱和班次记录差 {difference}：{reason}"), (CASHIER, DIFFERENCE, REASON),
    ),
)

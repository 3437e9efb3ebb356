"""What people are told about listings."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.listings.models import REASONS, ListingReport

VARIABLES = (Variable("listing", _l("举报什么"), _l("红烧牛肉面"), required=True), Variable("reason", _l("原因"), _l("信息不实")))


def _to_staff(report: ListingReport, happening: Happening) -> Told:
    values = {"listing": report.subject_label, "reason": str(REASONS[report.reason])}
    return Told("ListingReportView.show", {"pk": report.id}, values, roles=frozenset({"Operator", "Reviewer"}))


NOTICES = (
    NoticeKind(
        "listings.reported", _l("顾客举报"), _l("平台运营、审核员"), ("listing_report.opened",), _to_staff, _l("有人举报 {listing}"),
        _l("原因：{reason}。看了再决定要不要下架。"), VARIABLES,
    ),
)

"""Complaints in the console: the merchant answers, the platform rules."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column, Section, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter
from app.framework.console.links import order_link
from app.framework.console.view import ConsoleView, page_link
from app.kernel.aftersales.views import RefundCaseView, person
from app.kernel.complaints.models import Complaint
from app.kernel.complaints.rules import BEARERS, REASONS
from app.kernel.files.presenting import file_address
from app.kernel.parties.filters import MERCHANT_FILTER


def _pictures(complaint: Complaint) -> list[tuple[int, int]]:
    """(place, file) of each picture, from 1."""
    return list(enumerate(complaint.pictures, start=1))


def _case_page(complaint: Complaint) -> str | None:
    return page_link(RefundCaseView, complaint.case_id)


class ComplaintView(ConsoleView):
    """Complaints."""

    name = "complaints.complaints"
    route_base = "/complaints"
    model = Complaint
    title = _l("投诉")
    singular = _l("投诉")
    subtitle = _l("商户在期限内答复；没答复或顾客不接受的由平台裁决，两个人决定，期间冻结涉及的钱")
    measure = _l("条")
    icon = "alert"
    search_columns = ("number", "order_number", "words")
    search_hint = _l("投诉号、订单号、投诉内容")
    list_columns = (
        Column("number", _l("投诉号"), link=True, sub="words"),
        Column("merchant.name", _l("商户"), phone=False),
        Column("order_number", _l("订单号"), to=lambda complaint: order_link(complaint.trade, complaint.order_id), phone=False),
        Column("reason", _l("原因"), kind="choice", choices=REASONS),
        Column("wish", _l("想退"), kind="money", sort=True, total=True),
        Column("granted", _l("退给顾客"), kind="money", total=True, phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("answer_by", _l("答复期限"), kind="when", sort=True, phone=False),
    )
    filters = (
        ChoiceFilter("status"), ChoiceFilter("reason", _l("原因"), choices=REASONS), DateFilter("opened_at", _l("投诉时间")), MoneyFilter("wish", _l("想退")),
        MERCHANT_FILTER,
    )
    tabs = (
        Tab("open", _l("等商户答复"), urgent=True, status="open"),
        Tab("answered", _l("等顾客确认"), status="answered"),
        Tab("arbitrating", _l("等平台裁决"), urgent=True, status="arbitrating"),
        Tab("ruled", _l("裁决待复核"), urgent=True, status="ruled"),
        Tab("over", _l("已结束"), status=("agreed", "upheld", "dismissed", "closed", "withdrawn")),
    )
    order = "-id"
    facts = (
        Column("wish", _l("顾客想退"), kind="money", big=True),
        Column("granted", _l("退给顾客"), kind="money", big=True),
        Column("held", _l("冻结商户的钱"), kind="money"),
        Column("borne", _l("平台承担"), kind="money"),
        Column("merchant_ppm", _l("商户承担比例"), kind="percent"),
        Column("bearer", _l("谁承担"), kind="choice", choices={"": "", **BEARERS}),
        Column("order_number", _l("订单"), to=lambda complaint: order_link(complaint.trade, complaint.order_id)),
        Column("case_id", _l("退款"), value=lambda complaint: _l("查看") if complaint.case_id else None, to=_case_page),
        Column("merchant.name", _l("商户")),
        Column("reason", _l("原因"), kind="choice", choices=REASONS),
        Column("opened_at", _l("投诉时间"), kind="when"),
        Column("answer_by", _l("答复期限"), kind="when"),
        Column("closed_at", _l("结束时间"), kind="when"),
        Column("ruled_by", _l("裁决人"), value=lambda complaint: person(complaint.ruled_by)),
        Column("approved_by", _l("复核人"), value=lambda complaint: person(complaint.approved_by)),
        Column("words", _l("顾客说的"), wide=True),
        Column("answer", _l("商户答复"), wide=True),
        Column("ruling", _l("裁决理由"), wide=True),
    )
    sections = (
        Section(
            _l("图片"), rows=_pictures, when=lambda complaint: bool(complaint.pictures),
            columns=(
                Column("place", _l("第几张"), kind="count", value=lambda picture: picture[0]),
                Column("file", _l("图片"), value=lambda picture: _l("打开"), to=lambda picture: file_address(picture[1])),
            ),
        ),
    )
    empty_title = _l("没有投诉")
    empty_text = _l("顾客对订单投诉时，会出现在这里")


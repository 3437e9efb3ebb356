"""Sharings with what each receiver got, and what came back before refunds."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.extensions import db
from app.framework.console.columns import Column, Related, Section, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter
from app.framework.console.links import order_link
from app.framework.console.page import may
from app.framework.console.view import ConsoleView, page_link
from app.framework.identity import current_actor
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.parties.queries import merchant_named, person_named
from app.kernel.payments.views import GROUP, PaymentView, RefundView
from app.kernel.sharing.models import WHY, ShareCall, ShareLine, ShareReturn, Sharing
from app.kernel.sharing.models.calls import RESULTS

WHATS = {"commission": _l("佣金")}


def _order(sharing: Sharing) -> str | None:
    return order_link(sharing.trade, sharing.subject_id) if sharing.subject_type == "order" else None


def _person(maker: str | None) -> Any:
    """The person behind `staff:7`, in words; for a merchant it is the platform."""
    if maker and current_actor().merchant_id:
        return _l("平台")
    return person_named(maker) if maker else None


def _lines(sharing: Sharing) -> list[ShareLine]:
    """Each receiver's part of each request, oldest first."""
    statement = (
        select(ShareLine).join(ShareLine.call).where(ShareCall.sharing_id == sharing.id).order_by(ShareLine.id).options(selectinload(ShareLine.call))
    )
    return list(db.session.scalars(statement))


def receiver(line: ShareLine) -> Any:
    """Who gets the part: the platform, or a merchant by name."""
    return (merchant_named(line.owner_id) or line.account) if line.owner_kind == "merchant" else _l("平台")


class ShareReturnView(ConsoleView):
    """What comes back before a refund; a failed one keeps its refund waiting until somebody asks again."""

    name = "sharing.returns"
    route_base = "/sharing/returns"
    model = ShareReturn
    title = _l("分账回退")
    singular = _l("分账回退")
    subtitle = _l("已分账的订单退款，先把分出去的退回来，退款才提交；没退回来的换新单再退")
    measure = _l("笔")
    icon = "undo"
    group = GROUP
    list_columns = (
        Column("number", _l("回退单号"), kind="ref", link=True),
        Column("sharing.number", _l("分账单号"), kind="ref", to=lambda back: page_link(SharingView, back.sharing_id)),
        Column("refund.number", _l("退款单号"), kind="ref", to=lambda back: page_link(RefundView, back.refund_id), phone=False),
        Column("amount", _l("金额"), kind="money", sort=True, total=True),
        Column("status", _l("状态"), kind="state", sub="problem"),
        Column("asked_at", _l("发起时间"), kind="when", sort=True),
    )
    search_columns = ("number", "channel_number")
    search_hint = _l("回退单号、渠道单号")
    filters = (ChoiceFilter("status", _l("状态")), DateFilter("asked_at", _l("发起时间")), MoneyFilter("amount", _l("金额")))
    tabs = (
        Tab("failed", _l("没退回来"), urgent=True, status="failed"),
        Tab("underway", _l("处理中"), status=("created", "submitted")),
        Tab("done", _l("已回退"), status="done"),
    )
    order = "-id"
    facts = (
        Column("number", _l("回退单号"), kind="ref"),
        Column("channel_number", _l("渠道单号"), kind="ref"),
        Column("amount", _l("金额"), kind="money", big=True),
        Column("sharing.number", _l("分账单"), kind="ref", to=lambda back: page_link(SharingView, back.sharing_id)),
        Column("refund.number", _l("退款单"), kind="ref", to=lambda back: page_link(RefundView, back.refund_id)),
        Column("line.account", _l("从哪个商户号退"), kind="ref"),
        Column("tries", _l("第几次"), kind="count"),
        Column("problem", _l("渠道的说法"), wide=True),
        Column("asked_at", _l("发起时间"), kind="when"),
        Column("done_at", _l("回退时间"), kind="when"),
    )
    empty_title = _l("没有分账回退")
    empty_text = _l("已分账的订单退款时，退回来的每一笔会出现在这里")


class SharingView(ConsoleView):
    """Payments that merchants took themselves, and how far each has been shared."""

    name = "sharing.sharings"
    route_base = "/sharing"
    model = Sharing
    title = _l("分账")
    singular = _l("分账单")
    subtitle = _l("顾客的钱进商户自己的子商户号；订单完成后把佣金分给平台，放款后完结，剩下的归商户")
    measure = _l("笔")
    icon = "scale"
    group = GROUP
    list_columns = (
        Column("number", _l("分账单号"), kind="ref", link=True),
        Column("merchant.name", _l("商户"), phone=False),
        Column("payment.number", _l("支付单号"), kind="ref", to=lambda sharing: page_link(PaymentView, sharing.payment_id), phone=False),
        Column("amount", _l("实付"), kind="money", sort=True, total=True, phone=False),
        Column("claimed", _l("应分"), kind="money", total=True),
        Column("shared", _l("已分"), kind="money", total=True),
        Column("unshared", _l("转应收"), kind="money", total=True, phone=False),
        Column("status", _l("状态"), kind="state", sub="problem"),
        Column("frozen_until", _l("冻结到"), kind="when", sort=True),
    )
    search_columns = ("number", "transaction_id", "sub_merchant")
    search_hint = _l("分账单号、渠道支付单号、子商户号")
    filters = (
        ChoiceFilter("status", _l("状态")), ChoiceFilter("unshared_why", _l("没分的原因"), choices={key: word for key, word in WHY.items() if key}),
        DateFilter("paid_at", _l("到账时间")), DateFilter("frozen_until", _l("冻结到")), MoneyFilter("amount", _l("实付")), MERCHANT_FILTER,
    )
    tabs = (
        Tab("stuck", _l("卡住"), urgent=True, status="stuck"),
        Tab("proposed", _l("待复核"), status="proposed"),
        Tab("waiting", _l("待分账"), status="waiting"),
        Tab("underway", _l("分账中"), status=("sharing", "finishing")),
        Tab("shared", _l("已分账"), status="shared"),
        Tab("ended", _l("已了结"), status=("finished", "lapsed", "void")),
    )
    order = "-id"
    facts = (
        Column("number", _l("分账单号"), kind="ref"),
        Column("merchant.name", _l("商户")),
        Column("sub_merchant", _l("子商户号"), kind="ref"),
        Column("order", _l("订单"), value=lambda sharing: _l("查看订单") if _order(sharing) else None, to=_order, export=False),
        Column("payment.number", _l("支付单"), kind="ref", to=lambda sharing: page_link(PaymentView, sharing.payment_id)),
        Column("transaction_id", _l("渠道支付单号"), kind="ref"),
        Column("amount", _l("实付"), kind="money", big=True),
        Column("fee", _l("渠道手续费（商户承担）"), kind="money"),
        Column("most_ppm", _l("最多分多少"), kind="percent"),
        Column("claimed", _l("应分"), kind="money"),
        Column("shared", _l("已分"), kind="money"),
        Column("unshared", _l("转应收"), kind="money"),
        Column("why", _l("没分的原因")),
        Column("proposal", _l("为什么不分"), wide=True),
        Column("proposed_by", _l("谁提出不分"), value=lambda sharing: _person(sharing.proposed_by)),
        Column("given_up_by", _l("谁复核"), value=lambda sharing: _person(sharing.given_up_by)),
        Column("settled", _l("归商户"), kind="money"),
        Column("problem", _l("渠道的说法"), wide=True),
        Column("paid_at", _l("到账时间"), kind="when"),
        Column("frozen_until", _l("冻结到"), kind="when"),
        Column("released_at", _l("放款时间"), kind="when"),
        Column("finished_at", _l("完结时间"), kind="when"),
    )
    sections = (
        Section(
            _l("分给谁"), rows=_lines, name="lines",
            columns=(
                Column("call.number", _l("请求单号"), kind="ref"),
                Column("receiver", _l("接收方"), value=receiver, sub="account"),
                Column("what", _l("分什么"), kind="choice", choices=WHATS),
                Column("amount", _l("金额"), kind="money"),
                Column("result", _l("结果"), kind="choice", choices=RESULTS, sub="reason"),
                Column("done_at", _l("分到时间"), kind="when"),
            ),
            when=lambda sharing: may(ShareReturnView, "list"),
        ),
    )
    related = (Related(ShareReturnView, "sharing_id", _l("分账回退")),)
    empty_title = _l("还没有分账")
    empty_text = _l("资金模式是“分账”、有子商户号的商户收到付款后，会出现在这里")

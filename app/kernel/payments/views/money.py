"""Pages of payments, refunds, notices of the channel, and bills: for reading, and for the two moves that people make."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import DateField
from wtforms.validators import DataRequired, InputRequired

from app.core.actors import Actor
from app.framework.console.columns import Action, Column, Related, Section, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter
from app.framework.console.view import ConsoleView, page_link
from app.framework.events import publish
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.payments.models import ChannelBill, ChannelNotice, Payment, Refund
from app.kernel.payments.operations.bills import import_bill
from app.kernel.payments.tenders import CHANNELS

GROUP = _l("财务")
BILL_KINDS = {"trade": _l("交易账单"), "fund": _l("资金账单"), "sharing": _l("分账账单")}
LARGEST_BILL = 64 * 1024 * 1024  # bytes; about 200 thousand lines


def _payment_page(refund: Refund) -> str | None:
    return page_link(PaymentView, refund.payment_id)


def _stuck(refund: Refund) -> bool:
    """True when the channel does not deliver it, and no other refund stands in its place."""
    return refund.status in {"abnormal", "closed"} and refund.replaced_at is None


class RefundView(ConsoleView):
    """Refunds on their way and done; staff send a stuck one again."""

    name = "payments.refunds"
    route_base = "/payments/refunds"
    model = Refund
    title = _l("退款单")
    singular = _l("退款单")
    subtitle = _l("渠道退款的进度；异常的用原单号重试，不会重复退款")
    icon = "undo"
    group = GROUP
    list_columns = (
        Column("number", _l("退款单号"), link=True, kind="ref"),
        Column("payment.number", _l("支付单号"), kind="ref", to=_payment_page),
        Column("merchant.name", _l("商户"), phone=False),
        Column("amount", _l("金额"), kind="money", sort=True, total=True),
        Column("reason", _l("原因"), phone=False),
        Column("status", _l("状态"), kind="state", sub="problem"),
        Column("asked_at", _l("发起时间"), kind="when", sort=True),
    )
    search_columns = ("number", "channel_number")
    search_hint = _l("退款单号、渠道单号")
    filters = (ChoiceFilter("status", _l("状态")), DateFilter("asked_at", _l("发起时间")), MoneyFilter("amount", _l("金额")), MERCHANT_FILTER)
    tabs = (
        Tab("stuck", _l("异常"), urgent=True, status=("abnormal", "closed")),
        Tab("underway", _l("退款中"), status=("created", "submitted")),
        Tab("done", _l("已到账"), status="succeeded"),
    )
    order = "-id"
    facts = (
        Column("number", _l("退款单号"), kind="ref"),
        Column("channel_number", _l("渠道单号"), kind="ref"),
        Column("payment.number", _l("支付单号"), kind="ref", to=_payment_page),
        Column("amount", _l("金额"), kind="money", big=True),
        Column("merchant.name", _l("商户")),
        Column("reason", _l("原因"), wide=True),
        Column("problem", _l("渠道的说法"), wide=True),
        Column("asked_at", _l("发起时间"), kind="when"),
        Column("send_at", _l("最早提交"), kind="when"),
        Column("succeeded_at", _l("到账时间"), kind="when"),
    )
    record_actions = (Action(_l("改用其他方式退"), "OtherWayView.add", "show", icon="wallet", when=_stuck),)
    empty_title = _l("还没有退款")
    empty_text = _l("商户或平台同意退款后，退款单会出现在这里")


class PaymentView(ConsoleView):
    """Payments as we know them."""

    name = "payments.payments"
    route_base = "/payments/payments"
    model = Payment
    title = _l("支付单")
    singular = _l("支付单")
    icon = "wallet"
    group = GROUP
    list_columns = (
        Column("number", _l("支付单号"), link=True, kind="ref"),
        Column("description", _l("说明")),
        Column("merchant.name", _l("商户"), phone=False),
        Column("channel", _l("付款方式"), kind="choice", choices=CHANNELS),
        Column("amount", _l("金额"), kind="money", sort=True, total=True),
        Column("refunded", _l("已退"), kind="money", total=True, phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("paid_at", _l("到账时间"), kind="when"),
        Column("created_at", _l("创建时间"), kind="when", sort=True, phone=False),
    )
    search_columns = ("number", "channel_number", "description")
    search_hint = _l("支付单号、渠道单号、订单号")
    filters = (
        ChoiceFilter("status", _l("状态")), ChoiceFilter("channel", _l("付款方式"), choices=CHANNELS), DateFilter("paid_at", _l("到账时间")),
        DateFilter("created_at", _l("创建时间")), MoneyFilter("amount", _l("金额")), MERCHANT_FILTER,
    )
    tabs = (Tab("open", _l("待支付"), status="created"), Tab("paid", _l("已支付"), status="paid"), Tab("closed", _l("已关闭"), status="closed"))
    order = "-id"
    facts = (
        Column("number", _l("支付单号"), kind="ref"),
        Column("channel_number", _l("渠道单号"), kind="ref"),
        Column("amount", _l("金额"), kind="money", big=True),
        Column("refunded", _l("已退"), kind="money"),
        Column("merchant.name", _l("商户")),
        Column("channel", _l("付款方式"), kind="choice", choices=CHANNELS),
        Column("account_number", _l("收款商户号"), kind="ref"),
        Column("sub_merchant", _l("子商户号"), kind="ref"),
        Column("description", _l("说明")),
        Column("created_at", _l("创建时间"), kind="when"),
        Column("expires_at", _l("最晚支付"), kind="when"),
        Column("paid_at", _l("到账时间"), kind="when"),
        Column("closed_at", _l("关闭时间"), kind="when"),
    )
    related = (Related(RefundView, "payment_id", _l("退款单")),)
    empty_title = _l("还没有支付单")
    empty_text = _l("顾客第一次付款时，支付单会出现在这里")


def _lines(notice: ChannelNotice) -> list[tuple[str, Any]]:
    """What the notice says, one line a field, nested fields dotted."""
    lines: list[tuple[str, Any]] = []
    for key, value in notice.resource.items():
        lines += [(f"{key}.{inner}", each) for inner, each in value.items()] if isinstance(value, dict) else [(key, value)]
    return lines


class NoticeView(ConsoleView):
    """What the channel told us, and what we could not believe."""

    name = "payments.notices"
    route_base = "/payments/notices"
    model = ChannelNotice
    title = _l("渠道通知")
    singular = _l("渠道通知")
    subtitle = _l("先存后办；和我们的记录不一致的不记账，等人看")
    icon = "bell"
    group = GROUP
    list_columns = (
        Column("event_type", _l("通知"), link=True, sub="error"),
        Column("subject", _l("单号"), kind="ref"),
        Column("status", _l("状态"), kind="state"),
        Column("tries", _l("处理次数"), kind="count", phone=False),
        Column("received_at", _l("收到时间"), kind="when", sort=True),
    )
    search_columns = ("subject", "notify_id")
    search_hint = _l("单号、通知号")
    filters = (ChoiceFilter("status", _l("状态")), DateFilter("received_at", _l("收到时间")))
    tabs = (Tab("failed", _l("不一致"), urgent=True, status="failed"), Tab("waiting", _l("待处理"), status="received"))
    order = "-id"
    facts = (
        Column("notify_id", _l("通知号"), kind="ref"),
        Column("event_type", _l("通知")),
        Column("subject", _l("单号"), kind="ref"),
        Column("error", _l("哪里不一致"), wide=True),
        Column("received_at", _l("收到时间"), kind="when"),
        Column("handled_at", _l("处理时间"), kind="when"),
    )
    sections = (
        Section(
            _l("通知内容"), rows=_lines,
            columns=(Column("name", _l("字段"), value=lambda line: line[0]), Column("value", _l("值"), value=lambda line: line[1])),
        ),
    )
    exports = False
    empty_title = _l("还没有渠道通知")


class BillForm(FlaskForm):
    """A bill that a person got from the channel."""

    day = DateField(_l("账单日"), validators=[DataRequired(_l("选择日期"))])
    file = FileField(_l("账单文件"), validators=[InputRequired(_l("选择文件"))], description=_l("从微信支付商户平台下载的 CSV，不要改动"))


def content_of(file: FileStorage) -> bytes:
    """The bytes of a file that was sent, of a bill that is not absurdly long."""
    return file.stream.read(LARGEST_BILL)


def _upload(*, day: date, file: FileStorage, actor: Actor, now: datetime) -> ChannelBill:
    bill = import_bill(day, "fund", content_of(file), actor=actor, now=now)
    publish("bill_brought", bill=bill, actor=actor, now=now)
    return bill


class BillView(ConsoleView):
    """Bills of the channel, one line a day and kind."""

    name = "payments.bills"
    route_base = "/payments/bills"
    model = ChannelBill
    title = _l("渠道账单")
    singular = _l("渠道账单")
    subtitle = _l("每天 10:15 取前一天的账单；导入过的日子不再改")
    icon = "file"
    group = GROUP
    list_columns = (
        Column("day", _l("日期"), kind="day", link=True, sort=True),
        Column("kind", _l("种类"), kind="choice", choices=BILL_KINDS),
        Column("rows", _l("行数"), kind="count"),
        Column("income", _l("收入"), kind="money", total=True),
        Column("spending", _l("支出"), kind="money", total=True),
        Column("opening", _l("期初结余"), kind="money", phone=False),
        Column("closing", _l("期末结余"), kind="money"),
        Column("imported_at", _l("导入时间"), kind="when", phone=False),
    )
    filters = (ChoiceFilter("kind", _l("种类"), choices=BILL_KINDS), DateFilter("day", _l("日期"), days=True))
    order = "-id"
    facts = (
        Column("day", _l("日期"), kind="day"),
        Column("kind", _l("种类"), kind="choice", choices=BILL_KINDS),
        Column("account_number", _l("收款商户号"), kind="ref"),
        Column("rows", _l("行数"), kind="count"),
        Column("income", _l("收入"), kind="money"),
        Column("spending", _l("支出"), kind="money"),
        Column("opening", _l("期初结余"), kind="money"),
        Column("closing", _l("期末结余"), kind="money", big=True),
        Column("content_hash", "SHA-256", kind="ref", wide=True),
        Column("imported_at", _l("导入时间"), kind="when"),
    )
    form = BillForm
    create = staticmethod(_upload)
    add_label = _l("上传资金账单")
    create_label = _l("导入")
    form_note = _l("渠道没有自动取到的账单可以自己上传；导入过的日子不能换内容")
    empty_title = _l("还没有渠道账单")
    empty_text = _l("有过支付的第二天 10:15 会取到第一份")

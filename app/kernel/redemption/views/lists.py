"""Stores with their cashiers, vouchers, and redemptions in the console."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FloatField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core import clock
from app.core.actors import Actor
from app.core.errors import Invalid
from app.framework.console.columns import Column, Related, Section, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter
from app.framework.console.links import order_link
from app.framework.console.page import Page, expose, may, page_access
from app.framework.console.view import ConsoleView
from app.framework.database import get
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.redemption.models import REDEMPTION_FLOW, RedeemClerk, RedeemStore, Redemption, Voucher
from app.kernel.redemption.operations.stores import add_store, change_store, let_clerk, stop_clerk
from app.kernel.redemption.queries import cashiers_of, clerks_of, redemptions_of_voucher, stores_named


class RedemptionView(ConsoleView):
    """What was redeemed at the merchant's stores."""

    name = "redemption.redemptions"
    route_base = "/redemptions"
    model = Redemption
    title = _l("核销记录")
    singular = _l("核销")
    subtitle = _l("每次核销：哪张券、第几次、哪家店、谁核的；可撤销的时间过了才分账")
    measure = _l("次")
    icon = "qr"
    list_columns = (
        Column("title", _l("商品"), link=True, sub="which"),
        Column("store.name", _l("门店")),
        Column("merchant.name", _l("商户"), phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("amount", _l("金额"), kind="money", sort=True, total=True),
        Column("clerk_name", _l("核销人"), phone=False),
        Column("tail", _l("券尾号"), kind="ref", phone=False),
        Column("redeemed_at", _l("什么时候"), kind="when", sort=True),
    )
    search_columns = ("title", "clerk_name", "order_number", "tail")
    search_hint = _l("商品、核销人、核销单号、券尾号")
    filters = (
        DateFilter("redeemed_at", _l("什么时候")), ChoiceFilter("status"), MoneyFilter("amount", _l("金额")), MERCHANT_FILTER,
    )
    tabs = (Tab("held", _l("可撤销"), status="held"), Tab("done", _l("已完成"), status="done"), Tab("undone", _l("已撤销"), status="undone"))
    order = "-id"
    facts = (
        Column("amount", _l("金额"), kind="money", big=True),
        Column("which", _l("第几次")),
        Column("store.name", _l("门店")),
        Column("seller.name", _l("卖券的商户")),
        Column("customer_name", _l("顾客")),
        Column("clerk_name", _l("核销人")),
        Column("order_number", _l("核销单号"), kind="ref", to=lambda made: order_link(made.trade, made.order_id)),
        Column("redeemed_at", _l("什么时候"), kind="when"),
        Column("undo_until", _l("这之前可撤销"), kind="when"),
        Column("undone_at", _l("撤销时间"), kind="when"),
        Column("undone_by", _l("谁撤销的")),
        Column("undone_why", _l("撤销原因"), wide=True),
    )
    empty_title = _l("还没有核销")
    empty_text = _l("在核销台扫顾客的码，核销后会出现在这里")


class VoucherView(ConsoleView):
    """What customers hold; codes are theirs alone, so only the last four digits are here."""

    name = "redemption.vouchers"
    route_base = "/vouchers/codes"
    model = Voucher
    title = _l("券码")
    singular = _l("券码")
    subtitle = _l("顾客买到的券；券码只给顾客看，这里只有后四位")
    measure = _l("张")
    icon = "coupon"
    list_columns = (
        Column("title", _l("商品"), link=True),
        Column("tail", _l("券尾号"), kind="ref"),
        Column("merchant.name", _l("商户"), phone=False),
        Column("customer_name", _l("顾客"), phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("used", _l("已用"), value=lambda voucher: f"{voucher.used} / {voucher.uses}"),
        Column("paid", _l("实付"), kind="money", sort=True, total=True),
        Column("valid_until", _l("有效期至"), kind="when", sort=True),
    )
    search_columns = ("title", "tail", "order_number", "customer_name")
    search_hint = _l("商品、券尾号、订单号、顾客")
    filters = (DateFilter("valid_until", _l("有效期至")), ChoiceFilter("status"), MERCHANT_FILTER)
    tabs = (
        Tab("live", _l("待使用"), status="live"), Tab("used", _l("已用完"), status="used"), Tab("refunded", _l("已退款"), status="refunded"),
        Tab("expired", _l("过期已退"), status="expired"),
    )
    order = "-id"
    facts = (
        Column("paid", _l("实付"), kind="money", big=True),
        Column("left", _l("还剩次数"), kind="count", big=True),
        Column("used", _l("已用次数"), kind="count"),
        Column("refunded", _l("已退次数"), kind="count"),
        Column("customer_name", _l("顾客")),
        Column("order_number", _l("订单号"), kind="ref", to=lambda voucher: order_link(voucher.trade, voucher.order_id)),
        Column("valid_from", _l("从什么时候"), kind="when"),
        Column("valid_until", _l("有效期至"), kind="when"),
        Column("stores", _l("可用门店"), value=lambda voucher: "、".join(stores_named(voucher.store_ids).values()), wide=True),
    )
    sections = (
        Section(
            _l("核销"), rows=lambda voucher: redemptions_of_voucher(voucher.id), name="redemptions",
            columns=(
                Column("which", _l("第几次")), Column("store.name", _l("门店")), Column("amount", _l("金额"), kind="money"),
                Column("clerk_name", _l("核销人")), Column("status", _l("状态"), value=lambda made: REDEMPTION_FLOW.state(made.status).label),
                Column("redeemed_at", _l("什么时候"), kind="when"),
            ),
        ),
    )
    empty_title = _l("还没有券码")
    empty_text = _l("顾客付款后，券码会出现在这里")


class StoreForm(FlaskForm):
    """A store as customers find it."""

    name = StringField(_l("门店名"), validators=[DataRequired(_l("写门店名，例如：万象城店")), Length(max=40)])
    address = StringField(_l("地址"), validators=[DataRequired(_l("写顾客找得到的地址")), Length(max=120)])
    phone = StringField(_l("电话"), validators=[Length(max=20)])
    hours = StringField(_l("营业时间"), validators=[Length(max=60)], description=_l("例如：每天 10:00–22:00"))
    latitude = FloatField(_l("纬度"), default=0, validators=[InputRequired(_l("写数字"))], description=_l("顾客按远近找店用"))
    longitude = FloatField(_l("经度"), default=0, validators=[InputRequired(_l("写数字"))])


def _add(*, actor: Actor, now: datetime, **values: Any) -> RedeemStore:
    if not actor.merchant_id:
        raise Invalid
    return add_store(merchant_id=actor.merchant_id, actor=actor, now=now, **values)


def _crew(store: RedeemStore) -> dict[str, Any]:
    """Who redeems at the store, and whom one could let."""
    clerks = clerks_of(store.id)
    let = {clerk.user_id for clerk in clerks}
    others = {key: name for key, name in cashiers_of(store.merchant_id).items() if key not in let}
    return {"clerks": clerks, "others": others, "lets": may(ClerkPage, "let"), "stops": may(ClerkPage, "stop")}


class RedeemStoreView(ConsoleView):
    """Where the merchant redeems, and which cashiers may."""

    name = "redemption.stores"
    route_base = "/stores"
    model = RedeemStore
    title = _l("门店与核销员")
    singular = _l("门店")
    subtitle = _l("店主和店长在每家门店都能核销；收银员只能在开通了的门店核销")
    measure = _l("家")
    icon = "building"
    label = "name"
    list_columns = (
        Column("name", _l("门店"), link=True, sub="address"),
        Column("merchant.name", _l("商户"), phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("clerks", _l("核销员"), value=lambda store: "、".join(clerk.name for clerk in clerks_of(store.id)) or None),
        Column("created_at", _l("什么时候开的"), kind="when", sort=True, phone=False),
    )
    search_columns = ("name", "address")
    search_hint = _l("门店、地址")
    filters = (ChoiceFilter("status"), MERCHANT_FILTER)
    tabs = (Tab("open", _l("可核销"), status="open"), Tab("closed", _l("已停用"), status="closed"))
    facts = (
        Column("address", _l("地址"), wide=True), Column("phone", _l("电话")), Column("hours", _l("营业时间")),
        Column("latitude", _l("纬度")), Column("longitude", _l("经度")),
    )
    sections = (
        Section(_l("核销员"), template="redemption/clerks.html", name="clerks", context=_crew),
    )
    related = (Related(RedemptionView, "store_id"),)
    form = StoreForm
    create = staticmethod(_add)
    update = staticmethod(change_store)
    add_label = _l("加一家门店")
    create_label = _l("保存")
    empty_title = _l("还没有门店")
    empty_text = _l("加一家门店，就能在那里核销顾客的券")


class ClerkPage(Page):
    """Let a cashier redeem at a store, or stop it: buttons of the store's page."""

    name = "redemption.clerks"
    route_base = "/stores/clerks"
    title = _l("核销员")
    icon = "people"
    words = {"let": _l("开通核销"), "stop": _l("停止核销")}

    @expose("/<int:store_id>", methods=["POST"])
    @page_access("can_let")
    def let(self, store_id: int) -> Response:
        """The cashier chosen may redeem at the store."""
        user = request.form.get("user_id", "")
        if not user.isdecimal() or not user.isascii() or len(user) > 15:
            raise Invalid(errors=[{"field": "user_id", "code": "required", "message": _("选一个收银员")}])
        clerk = let_clerk(store_id=store_id, user_id=int(user), actor=self.actor, now=clock.now())
        return self.done(_("%(name)s 可以在这家店核销了", name=clerk.name), "RedeemStoreView.show", pk=store_id)

    @expose("/<int:pk>/stop", methods=["POST"])
    @page_access("can_stop")
    def stop(self, pk: int) -> Response:
        """No more."""
        clerk = get(RedeemClerk, pk)
        store, name = clerk.store_id, clerk.name
        stop_clerk(clerk, actor=self.actor, now=clock.now())
        return self.done(_("%(name)s 不能在这家店核销了", name=name), "RedeemStoreView.show", pk=store)

"""Members of a merchant: points, level, stored value, and how each came about; points by hand."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core import clock
from app.framework.console.columns import Action, Column, Related, Section, Tab
from app.framework.console.fields import LookupField
from app.framework.console.filters import ChoiceFilter, PartyFilter
from app.framework.console.view import ConsoleView
from app.framework.database import elevated
from app.kernel.governance.presenting import APPROVED_AT, APPROVER, PROPOSER, REASON
from app.kernel.loyalty.models import SOURCES, Adjustment, LoyaltyMember
from app.kernel.loyalty.operations.adjusting import propose_adjustment
from app.kernel.loyalty.queries import earned_in_year, issuer_named, level_of, live_lots, member_named, members_called, moves_of
from app.kernel.loyalty.words import MOVES
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.wallet.queries import Wallet, wallet_of_customer
from app.kernel.wallet.queries import moves_of as wallet_moves_of
from app.kernel.wallet.words import MOVES as WALLET_MOVES

MOST = 30


def _level(member: LoyaltyMember) -> str:
    level = level_of(member.merchant_id, member.customer_id, clock.now()) if member.merchant_id else None
    return level.label if level else ""


def _wallet(member: LoyaltyMember) -> Wallet:
    """What the member has paid ahead; the customer's accounts are not the merchant's rows, their sums at this merchant are its business."""
    with elevated():
        return wallet_of_customer(member.customer_id, member.merchant_id) if member.merchant_id else Wallet(0, 0)


def _wallet_moves(member: LoyaltyMember) -> Any:
    with elevated():
        return wallet_moves_of(member.customer_id, member.merchant_id or 0, after=None, most=MOST)


def _moves(member: LoyaltyMember) -> Any:
    with elevated():
        return moves_of(member, most=MOST)


class AdjustmentForm(FlaskForm):
    """Whose points, how many, why."""

    member_id = LookupField(
        _l("会员"), endpoint="/loyalty/adjustments/look-up/member_id", named=member_named, validators=[InputRequired(_l("选一位会员"))],
    )
    points = IntegerField(_l("积分"), validators=[InputRequired(_l("填积分"))], description=_l("加的写正数，减的写负数"))
    reason = TextAreaField(_l("原因"), validators=[DataRequired(_l("写明原因")), Length(max=200)])


class PointsAdjustmentView(ConsoleView):
    """Points by hand."""

    name = "loyalty.adjustments"
    route_base = "/loyalty/adjustments"
    model = Adjustment
    title = _l("积分调整")
    singular = _l("积分调整")
    subtitle = _l("手工加减积分：一个人提出，另一个人批准")
    measure = _l("笔")
    icon = "gift"
    list_columns = (
        Column("label", _l("积分"), link=True, value=lambda adjustment: adjustment.label),
        Column("member_id", _l("会员"), value=lambda adjustment: member_named(adjustment.member_id)),
        Column("status", _l("状态"), kind="state"), PROPOSER, Column("created_at", _l("提出时间"), kind="when", sort=True, phone=False),
    )
    filters = (ChoiceFilter("status"), PartyFilter("member_id", _l("会员"), options=members_called, named=member_named), MERCHANT_FILTER)
    tabs = (Tab("draft", _l("待批准"), urgent=True, status="draft"), Tab("approved", _l("已批准"), status="approved"))
    facts = (
        Column("label", _l("积分"), big=True, value=lambda adjustment: adjustment.label),
        Column("member_id", _l("会员"), value=lambda adjustment: member_named(adjustment.member_id)), PROPOSER, APPROVER, APPROVED_AT, REASON,
    )
    form = AdjustmentForm
    create = staticmethod(propose_adjustment)
    add_label = _l("加减积分")
    create_label = _l("提交批准")
    empty_title = _l("还没有积分调整")
    empty_text = _l("补发或扣回积分，从会员的页面提出")

    def make_form(self, record: Any = None) -> Any:
        """The form for the member whose page led here."""
        form, wanted = AdjustmentForm(), request.args.get("pk", "")
        if request.method == "GET" and wanted.isdecimal() and len(wanted) < 19:
            form.member_id.data = int(wanted)
        return form


class LoyaltyMemberView(ConsoleView):
    """Who has points where."""

    name = "loyalty.members"
    route_base = "/loyalty/members"
    model = LoyaltyMember
    title = _l("会员")
    singular = _l("会员")
    subtitle = _l("积分、等级和储值在一起看")
    measure = _l("人")
    icon = "people"
    list_columns = (
        Column("name", _l("顾客"), link=True, value=lambda member: member.label, sub="phone_masked"),
        Column("merchant.name", _l("商户"), value=lambda member: issuer_named(member.merchant_id)),
        Column("level", _l("等级"), value=_level),
        Column("points", _l("积分"), kind="count", sort=True, strong=True),
        Column("wallet", _l("储值余额"), kind="money", value=lambda member: _wallet(member).principal + _wallet(member).bonus),
        Column("created_at", _l("加入时间"), kind="when", sort=True, phone=False),
    )
    search_columns = ("name", "phone_masked")
    search_hint = _l("姓名、手机尾号")
    filters = (MERCHANT_FILTER,)
    order = "-points"
    facts = (
        Column("points", _l("积分"), kind="count", big=True),
        Column("level", _l("等级"), big=True, value=_level),
        Column("phone_masked", _l("手机")),
        Column("year", _l("12 个月得到"), kind="count", value=lambda member: earned_in_year(member.id, clock.now())),
        Column("principal", _l("储值本金"), kind="money", value=lambda member: _wallet(member).principal),
        Column("bonus", _l("储值赠送"), kind="money", value=lambda member: _wallet(member).bonus),
        Column("merchant.name", _l("商户")),
        Column("created_at", _l("加入时间"), kind="when"),
    )
    sections = (
        Section(
            _l("手上的积分"), note=_l("先到期的先用"), rows=lambda member: live_lots(member.id), name="lots", aside=True,
            columns=(
                Column("source", _l("来源"), kind="choice", choices=SOURCES), Column("remaining", _l("剩余"), kind="count"),
                Column("expires_on", _l("有效到"), kind="day"),
            ),
        ),
        Section(
            _l("积分明细"), rows=_moves, name="moves",
            columns=(
                Column("kind", _l("事项"), value=lambda row: MOVES.get(row.kind, row.kind)), Column("points", _l("积分"), kind="count"),
                Column("at", _l("时间"), kind="when"),
            ),
        ),
        Section(
            _l("储值明细"), rows=_wallet_moves, name="wallet", when=lambda member: member.merchant_id is not None,
            columns=(
                Column("kind", _l("事项"), value=lambda row: WALLET_MOVES.get(row.kind, row.kind)), Column("principal", _l("本金"), kind="money"),
                Column("bonus", _l("赠送"), kind="money"), Column("at", _l("时间"), kind="when", phone=False),
            ),
        ),
    )
    related = (Related(PointsAdjustmentView, "member_id", _l("积分调整")),)
    record_actions = (Action(_l("加减积分"), "PointsAdjustmentView.add", "show", icon="gift"),)
    empty_title = _l("还没有会员")
    empty_text = _l("设好积分规则后，顾客完成第一单就成为会员")

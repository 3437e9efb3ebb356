"""Programmes with a preview, and levels."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.actors import Actor
from app.core.errors import Forbidden
from app.framework.console.columns import Column, Section
from app.framework.console.fields import CountField, PercentField
from app.framework.console.filters import FlagFilter
from app.framework.console.view import ConsoleView
from app.kernel.governance.presenting import WHOM
from app.kernel.loyalty.models import Level, Programme
from app.kernel.loyalty.operations.programmes import add_level, change_level, change_programme, open_programme
from app.kernel.loyalty.queries import issuer_named
from app.kernel.loyalty.rules import earned, most_payable, needed, worth
from app.kernel.parties.filters import MERCHANT_FILTER

SAMPLES = (2_000, 5_000, 10_000, 30_000)  # orders of the preview, in fen


class ProgrammeForm(FlaskForm):
    """What is given and taken."""

    per_yuan = CountField(_l("每付一元得"), unit=_l("积分"), default=1, validators=[InputRequired(_l("填积分，不给就填 0"))])
    for_yuan = CountField(_l("抵一元要"), unit=_l("积分"), default=100, validators=[InputRequired(_l("填积分"))])
    cap_ppm = PercentField(
        _l("一单最多抵"), default=200_000, validators=[InputRequired(_l("填百分比"))],
        description=_l("按应付算；抵掉的钱由发积分的一方承担"),
    )
    months = CountField(_l("有效期"), unit=_l("个月"), default=12, validators=[InputRequired(_l("填月数"))], description=_l("从获得那天算起，先到期的先用"))
    active = BooleanField(_l("在用"), default=True, description=_l("停用后不再发、也不能用；已有的积分留着"))


def _preview(programme: Programme) -> list[tuple[int, int, int, int, int]]:
    """For some orders: paid, points earned, what those are worth, the most that points pay, and how many that takes."""
    rows = []
    for fen in SAMPLES:
        count, most = earned(fen, programme.per_yuan), most_payable(fen, programme.cap_ppm, 0)
        rows.append((fen, count, worth(count, programme.for_yuan), most, needed(most, programme.for_yuan)))
    return rows


def _open(*, actor: Actor, now: datetime, **values: Any) -> Programme:
    return open_programme(merchant_id=actor.merchant_id, actor=actor, now=now, **values)


class ProgrammeView(ConsoleView):
    """Who gives how many points."""

    name = "loyalty.programmes"
    route_base = "/loyalty/programmes"
    model = Programme
    title = _l("积分规则")
    singular = _l("积分规则")
    subtitle = _l("店铺各有一套，平台另有一套；谁发的积分谁承担")
    icon = "gift"
    list_columns = (
        Column("issuer", _l("谁发"), link=True, value=lambda programme: issuer_named(programme.merchant_id)),
        Column("per_yuan", _l("每元得积分"), kind="count"),
        Column("for_yuan", _l("抵一元要积分"), kind="count"),
        Column("cap_ppm", _l("一单最多抵"), kind="percent"),
        Column("months", _l("有效月数"), kind="count", phone=False),
        Column("active", _l("在用"), kind="flag"),
    )
    filters = (FlagFilter("active", _l("在用")), MERCHANT_FILTER)
    facts = (WHOM, *list_columns[1:])
    sections = (
        Section(
            _l("预览"), note=_l("按这套规则，顾客付这些钱会怎样"), rows=_preview, name="preview",
            columns=(
                Column("fen", _l("订单应付"), kind="money", value=lambda row: row[0]), Column("earned", _l("得积分"), kind="count", value=lambda row: row[1]),
                Column("worth", _l("积分值"), kind="money", value=lambda row: row[2]), Column("most", _l("最多抵"), kind="money", value=lambda row: row[3]),
                Column("needed", _l("要用积分"), kind="count", value=lambda row: row[4]),
            ),
        ),
    )
    form = ProgrammeForm
    create = staticmethod(_open)
    update = staticmethod(change_programme)
    add_label = _l("设积分规则")
    create_label = _l("启用")
    form_note = _l("改动对之后的订单生效；已经发出的积分按新的抵扣率用")
    empty_title = _l("还没有积分规则")
    empty_text = _l("设好每元给多少积分、多少积分抵一元，顾客下单完成就会得到积分")

    def make_form(self, record: Any = None) -> Any:
        """The form with the programme."""
        return ProgrammeForm(obj=record)


class LevelForm(FlaskForm):
    """What one has to earn for which discount."""

    name = StringField(_l("等级"), validators=[DataRequired(_l("填写等级名")), Length(max=20)])
    threshold = CountField(_l("12 个月内得满"), unit=_l("积分"), validators=[InputRequired(_l("填积分"))])
    discount_ppm = PercentField(_l("商品优惠"), validators=[InputRequired(_l("填百分比"))], description=_l("5 就是九五折，由店铺承担，下单时自动减"))


def _add(*, actor: Actor, now: datetime, **values: Any) -> Level:
    if actor.merchant_id is None:
        raise Forbidden(right=str(_l("设会员等级")))
    return add_level(merchant_id=actor.merchant_id, actor=actor, now=now, **values)


class LevelView(ConsoleView):
    """Levels of a merchant's members."""

    name = "loyalty.levels"
    route_base = "/loyalty/levels"
    model = Level
    title = _l("会员等级")
    singular = _l("会员等级")
    subtitle = _l("按最近 12 个月得到的积分定级，退款收回的不算")
    icon = "people"
    list_columns = (
        Column("name", _l("等级"), link=True), Column("merchant.name", _l("商户")),
        Column("threshold", _l("12 个月得满"), kind="count", sort=True), Column("discount_ppm", _l("商品优惠"), kind="percent", sort=True),
    )
    filters = (MERCHANT_FILTER,)
    facts = list_columns
    form = LevelForm
    create = staticmethod(_add)
    update = staticmethod(change_level)
    add_label = _l("加等级")
    empty_title = _l("还没有会员等级")
    empty_text = _l("加一个等级，老顾客下单自动享受优惠")

    def make_form(self, record: Any = None) -> Any:
        """The form with the level."""
        return LevelForm(obj=record)



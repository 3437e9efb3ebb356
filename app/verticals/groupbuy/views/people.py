"""Leaders, zones, and communities in the console."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import BooleanField, DecimalField, SelectField, SelectMultipleField, StringField, TimeField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.core.actors import Actor
from app.extensions import db
from app.framework.console.columns import Column, Related, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter, FlagFilter
from app.framework.console.view import ConsoleView
from app.kernel.parties.filters import MERCHANT_FILTER
from app.verticals.groupbuy.models import Community, Leader, Zone
from app.verticals.groupbuy.models.people import LEVELS
from app.verticals.groupbuy.operations.people import add_community, add_zone, change_community, change_zone, set_level

DAYS = (_l("周一"), _l("周二"), _l("周三"), _l("周四"), _l("周五"), _l("周六"), _l("周日"))


def day_words(days: Any) -> str:
    """`周一、周三`, or that all days count."""
    return "、".join(str(DAYS[day]) for day in days) if days and len(days) < len(DAYS) else str(_l("每天"))


class LevelForm(FlaskForm):
    """A leader's level."""

    level = SelectField(_l("等级"), choices=list(LEVELS.items()), description=_l("之后的订单按这个等级的佣金算，比例在费率台"))


class LeaderView(ConsoleView):
    """All leaders."""

    name = "groupbuy.leaders"
    route_base = "/groupbuy/leaders"
    model = Leader
    title = _l("团长")
    singular = _l("团长")
    subtitle = _l("招募走入驻申请；培训通过、有自提点，才能接单")
    measure = _l("位")
    icon = "people"
    search_columns = ("name", "phone", "share_code")
    search_hint = _l("称呼、电话、分享码")
    list_columns = (
        Column("name", _l("团长"), link=True, sub="point"),
        Column("community.name", _l("小区")),
        Column("level", _l("等级"), kind="choice", choices=LEVELS),
        Column("status", _l("状态"), kind="state"),
        Column("share_code", _l("分享码"), phone=False),
        Column("created_at", _l("加入时间"), kind="when", sort=True, phone=False),
    )
    filters = (ChoiceFilter("status"), ChoiceFilter("level", _l("等级"), choices=LEVELS), MERCHANT_FILTER, DateFilter("created_at"))
    tabs = (
        Tab("open", _l("开团中"), status="open"), Tab("preparing", _l("筹备中"), status="preparing"), Tab("paused", _l("休息中"), status="paused"),
        Tab("off", _l("已停用"), status="off"),
    )
    facts = (
        Column("community.name", _l("小区")),
        Column("level", _l("等级"), kind="choice", choices=LEVELS),
        Column("phone", _l("电话"), kind="phone"),
        Column("share_code", _l("分享码")),
        Column("point", _l("自提点"), wide=True),
        Column("hours", _l("取货时间")),
        Column("delivers", _l("送货上门"), kind="flag"),
        Column("notice", _l("公告"), wide=True),
    )
    form = LevelForm
    update = staticmethod(set_level)
    empty_title = _l("还没有团长")
    empty_text = _l("入驻申请通过后，团长会出现在这里")


class CommunityForm(FlaskForm):
    """A community and where it is."""

    name = StringField(_l("小区名"), validators=[DataRequired(_l("写小区名")), Length(max=40)])
    zone_id = SelectField(_l("片区"), coerce=int)
    address = StringField(_l("地址"), validators=[Length(max=120)])
    latitude = DecimalField(_l("纬度"), places=6, validators=[InputRequired(_l("写数字")), NumberRange(-90, 90)])
    longitude = DecimalField(_l("经度"), places=6, validators=[InputRequired(_l("写数字")), NumberRange(-180, 180)])
    active = BooleanField(_l("在服务"), default=True)


def _community(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "latitude": float(values["latitude"]), "longitude": float(values["longitude"])}


def _add_community(*, actor: Actor, now: datetime, **values: Any) -> Community:
    return add_community(actor=actor, now=now, **_community(values))


def _change_community(community: Community, *, actor: Actor, now: datetime, **values: Any) -> Community:
    return change_community(community, actor=actor, now=now, **_community(values))


class CommunityView(ConsoleView):
    """Communities."""

    name = "groupbuy.communities"
    route_base = "/groupbuy/communities"
    model = Community
    title = _l("小区")
    singular = _l("小区")
    measure = _l("个")
    icon = "building"
    search_columns = ("name", "address")
    search_hint = _l("小区名、地址")
    list_columns = (
        Column("name", _l("小区名"), link=True, sub="address"),
        Column("zone.name", _l("片区")),
        Column("active", _l("在服务"), kind="flag"),
    )
    filters = (FlagFilter("active", _l("在服务")),)
    facts = (
        Column("zone.name", _l("片区")), Column("address", _l("地址"), wide=True), Column("latitude", _l("纬度")), Column("longitude", _l("经度")),
        Column("active", _l("在服务"), kind="flag"),
    )
    related = (Related(LeaderView, "community_id"),)
    form = CommunityForm
    create = staticmethod(_add_community)
    update = staticmethod(_change_community)
    add_label = _l("加小区")
    empty_title = _l("还没有小区")
    empty_text = _l("先加片区和小区，团长才能选服务哪里")

    def make_form(self, record: Any = None) -> Any:
        """The zones are those that there are."""
        form = CommunityForm(obj=record)
        form.zone_id.choices = [(row.id, row.name) for row in db.session.execute(select(Zone.id, Zone.name).order_by(Zone.name))]
        return form


class ZoneForm(FlaskForm):
    """A zone and when its rounds close."""

    name = StringField(_l("片区名"), validators=[DataRequired(_l("写片区名")), Length(max=30)])
    cutoff = TimeField(_l("几点截单"), validators=[InputRequired(_l("写时间，例如 23:00"))], description=_l("过了这个时间的订单进下一期"))
    days = SelectMultipleField(_l("哪几天截单"), coerce=int, choices=list(enumerate(DAYS)), validators=[Optional()], description=_l("一天都不选，就是每天"))


def _zone(values: dict[str, Any]) -> dict[str, Any]:
    moment = values.pop("cutoff")
    return {**values, "cutoff_minute": moment.hour * 60 + moment.minute, "days": values["days"] or list(range(len(DAYS)))}


def _add_zone(*, actor: Actor, now: datetime, **values: Any) -> Zone:
    return add_zone(actor=actor, now=now, **_zone(values))


def _change_zone(zone: Zone, *, actor: Actor, now: datetime, **values: Any) -> Zone:
    return change_zone(zone, actor=actor, now=now, **_zone(values))


class ZoneView(ConsoleView):
    """Zones and their cut-offs."""

    name = "groupbuy.zones"
    route_base = "/groupbuy/zones"
    model = Zone
    title = _l("片区和截单时间")
    singular = _l("片区")
    measure = _l("个")
    icon = "clock"
    list_columns = (
        Column("name", _l("片区名"), link=True),
        Column("cutoff", _l("几点截单"), value=lambda zone: zone.cutoff),
        Column("days", _l("哪几天截单"), value=lambda zone: day_words(zone.days)),
    )
    facts = list_columns
    related = (Related(CommunityView, "zone_id"),)
    form = ZoneForm
    create = staticmethod(_add_zone)
    update = staticmethod(_change_zone)
    add_label = _l("加片区")
    empty_title = _l("还没有片区")
    empty_text = _l("一个片区一起截单、一起发车")

    def make_form(self, record: Any = None) -> Any:
        """The cut-off as a time of day."""
        form = ZoneForm(obj=record)
        if (record is not None and form.cutoff.data is None) or isinstance(form.cutoff.data, str):
            form.cutoff.data = datetime.strptime(record.cutoff, "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone
        return form

"""The forms of the desk: another rule, another version of a rule in any method, another order of the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.core import clock
from app.core.errors import Invalid, NotFound, Refusal
from app.core.money import NotAnAmount, figures, parse_yuan
from app.core.periods import SHANGHAI, business_day
from app.extensions import db
from app.framework.console.fields import LookupField, MoneyField, PercentField, errors_into
from app.framework.console.page import Page, expose, page_access
from app.framework.console.refused import take_back
from app.framework.console.rows import typed_rows
from app.framework.database import get
from app.kernel.commission.models import FeeKind, FeeRule, FeeRuleVersion
from app.kernel.commission.operations import add_rule, propose_version
from app.kernel.commission.operations.ordering import propose_ordering, rules_of
from app.kernel.commission.presenting import order_kind_words
from app.kernel.commission.rules import BASES, METHODS, MOST_TIERS, ORDER_BASES, TIERED, Tier
from app.kernel.forms.queries import categories_of
from app.kernel.parties.queries import merchant_named
from app.kernel.pricing.presenting import change_words
from app.kernel.pricing.queries import rules_standing

BLANK_TIER = {"starts": "", "ppm": "", "fen": ""}
MARGINS = {"slab": _l("到了哪一档，整笔按那一档"), "marginal": _l("每一段按自己那一档")}


class RateForm(FlaskForm):
    """A version in any method; fields of other methods are not read."""

    method = SelectField(_l("计费方法"), validators=[DataRequired(_l("选一种计费方法"))], render_kw={"data-chooses": ""})
    base = SelectField(_l("计费基数"))
    ppm = PercentField(_l("费率"))
    fen = MoneyField(_l("金额"), description=_l("按比例时是每单另加的金额，其他方法是单价"))
    margin = RadioField(_l("怎么用档"), choices=list(MARGINS.items()), default="slab")
    least_fen = MoneyField(_l("每单最低"))
    most_fen = MoneyField(_l("每单最高"))
    merchant_id = LookupField(
        _l("只对这个商户"), endpoint="/fees/versions/look-up/merchant_id", named=merchant_named, description=_l("不填就对全部商户")
    )
    starts_at = DateTimeLocalField(_l("从什么时候开始（北京时间）"), validators=[DataRequired(_l("选择开始时间"))])
    ends_at = DateTimeLocalField(_l("到什么时候为止（北京时间）"), validators=[Optional()], description=_l("不填就一直有效"))
    reason = StringField(_l("为什么改"), validators=[DataRequired(_l("写明原因")), Length(max=200)])


class RuleForm(RateForm):
    """A rule and its first version."""

    title = StringField(_l("规则名称"), validators=[DataRequired(_l("写一个名称")), Length(max=80)])
    order_kind = SelectField(_l("哪种订单"))
    category = SelectField(_l("哪种业态"))
    from_time = StringField(_l("时段从"), validators=[Length(max=5)], render_kw={"placeholder": "11:00"})
    to_time = StringField(_l("时段到"), validators=[Length(max=5)], render_kw={"placeholder": "13:00"})
    new_days = IntegerField(_l("入驻未满几天"), validators=[Optional(), NumberRange(1, 3650, message=_l("天数在 1 到 3650 之间"))])


CONDITIONS = ("title", "order_kind", "category", "from_time", "to_time", "new_days")
OF_METHODS = {
    "ppm": ("ppm",), "fen": ("ppm", "per_unit", "per_order", "per_period"), "margin": ("amount_tiers", "volume_tiers"),
    "least_fen": ("ppm", "per_unit", "per_order", "amount_tiers"), "most_fen": ("ppm", "per_unit", "per_order", "amount_tiers"),
}


class DraftingPage(Page):
    """`/fees/draft/`: what finance proposes; another person approves it on the desk."""

    name = "pricing.drafting"
    route_base = "/fees/draft"
    title = _l("提出新费率")
    icon = "scale"
    words = {"draft": _l("提出新费率")}

    @expose("/<int:pk>/rule", methods=["GET", "POST"])
    @page_access("can_draft")
    def rule(self, pk: int) -> Response:
        """A rule with conditions and its first version."""
        kind = get(FeeKind, pk)
        form = self._choices(RuleForm(), kind)
        form.order_kind.choices = [("", _("全部")), *order_kind_words(kind.trade).items()]
        form.category.choices = [("", _("全部")), *categories_of(kind.trade).items()]
        return self._answer(kind, form, None)

    @expose("/<int:pk>/rules/<int:rule_id>", methods=["GET", "POST"])
    @page_access("can_draft")
    def version(self, pk: int, rule_id: int) -> Response:
        """The next version of a rule."""
        kind, rule = get(FeeKind, pk), get(FeeRule, rule_id)
        if (rule.trade, rule.kind) != (kind.trade, kind.kind):
            raise NotFound
        return self._answer(kind, self._choices(RateForm(), kind), rule)

    @expose("/<int:pk>/order", methods=["GET", "POST"])
    @page_access("can_draft")
    def order(self, pk: int) -> Response:
        """Another order of the rules: rows are moved, what becomes unreachable is shown, then it is proposed."""
        kind = get(FeeKind, pk)
        rules = {str(rule.id): rule for rule in rules_of(kind)}
        if request.method == "GET":
            return self._order_page(kind, list(rules.values()))
        wished = [row["id"] for _prefix, row in typed_rows(request.form, "rules", ("id",))]
        listed = [rules[each] for each in wished if each in rules]
        reason = " ".join(request.form.get("reason", "").split())[:200]
        standing = rules_standing(kind, clock.now())
        after = standing.in_order([rule.id for rule in listed])
        if request.form.get("confirmed") != ",".join(wished) or not reason:
            return self._order_page(kind, listed, words=change_words(standing, after), previewed=",".join(wished), reason=reason, missing=not reason)
        try:
            ordering = propose_ordering(kind, [int(each) for each in wished if each.isdecimal()], reason=reason, actor=self.actor, now=clock.now())
        except Refusal as refusal:
            db.session.rollback()
            kind = get(FeeKind, pk)
            return self._order_page(kind, rules_of(kind), status=refusal.status, refusal=str(refusal), reason=reason)
        return self.done(_("已提出新顺序，等另一个人批准"), "RuleDeskView.show", pk=kind.id, ordering=ordering.id)

    def _order_page(self, kind: FeeKind, rules: list[FeeRule], *, status: int = 200, **context: Any) -> Response:
        return self.render("pricing/order.html", status, kind=kind, rules=rules, page_title=_("改%(what)s的规则顺序", what=kind.label), **context)

    @staticmethod
    def _choices(form: Any, kind: FeeKind) -> Any:
        """The methods and bases that a fee of this kind may have; a price by the period stays one."""
        periodic = kind.method == "per_period"
        form.method.choices = [(name, words) for name, words in METHODS.items() if (name == "per_period") == periodic]
        versions = db.session.query(FeeRuleVersion).join(FeeRule).filter(FeeRule.trade == kind.trade, FeeRule.kind == kind.kind).order_by(FeeRuleVersion.id)
        first = versions.first()
        on_orders = first is None or first.base in ORDER_BASES
        form.base.choices = [(name, words) for name, words in BASES.items() if (name in ORDER_BASES) == on_orders]
        if request.method == "GET" and first is not None:
            form.method.data, form.base.data = first.method, first.base
            form.starts_at.data = datetime.combine(business_day(clock.now()) + timedelta(days=1), time.min)
        return form

    def _answer(self, kind: FeeKind, form: Any, rule: FeeRule | None) -> Response:
        """The form; then the draft on the desk."""
        tiers = [row for _prefix, row in typed_rows(request.form, "tiers", BLANK_TIER) if any(row.values())]
        if request.method == "GET":
            return self._form_page(kind, form, rule, self._filled(form, rule) if rule else [])
        if not form.validate():
            return self._form_page(kind, form, rule, tiers, 422)
        try:
            version = self._propose(kind, form, rule, tiers)
        except Refusal as refusal:
            take_back(refusal)
            errors_into(form, refusal)
            return self._form_page(get(FeeKind, kind.id), form, get(FeeRule, rule.id) if rule else None, tiers, refusal.status)
        return self.done(_("已提出：%(what)s，等另一个人批准", what=version.label), "RuleDeskView.show", pk=kind.id, version=version.id)

    @staticmethod
    def _filled(form: Any, rule: FeeRule) -> list[Mapping[str, str]]:
        """Fill the form with the newest approved version of the rule; its tiers as rows."""
        version = next((each for each in rule.versions if each.status == "approved"), None)
        if version is None:
            return []
        for name in ("method", "base", "ppm", "least_fen", "most_fen", "merchant_id"):
            getattr(form, name).data = getattr(version, name)
        form.fen.data = version.fen or None
        form.margin.data = "marginal" if version.marginal else "slab"
        return typed_tiers(version)

    def _propose(self, kind: FeeKind, form: Any, rule: FeeRule | None, typed: list[dict[str, str]]) -> FeeRuleVersion:
        now, method = clock.now(), form.method.data
        rate: dict[str, Any] = {name: getattr(form, name).data for name in ("ppm", "fen", "least_fen", "most_fen") if method in OF_METHODS[name]}
        if rule is None:
            rule = add_rule(
                kind, title=form.title.data, category=form.category.data, order_kind=form.order_kind.data, new_days=form.new_days.data,
                from_minute=_minute(form.from_time), to_minute=_minute(form.to_time), actor=self.actor, now=now,
            )
        return propose_version(
            rule, method=method, base=form.base.data, ppm=rate.get("ppm") or 0, fen=rate.get("fen") or 0, least_fen=rate.get("least_fen"),
            most_fen=rate.get("most_fen"), tiers=_tiers(typed) if method in TIERED else (), marginal=method in TIERED and form.margin.data == "marginal",
            merchant_id=form.merchant_id.data, starts_at=_moment(form.starts_at.data) or now, ends_at=_moment(form.ends_at.data), reason=form.reason.data,
            actor=self.actor, now=now,
        )

    def _form_page(self, kind: FeeKind, form: Any, rule: FeeRule | None, tiers: Sequence[Mapping[str, str]], status: int = 200) -> Response:
        title = _("改“%(rule)s”的费率", rule=rule.label) if rule else _("%(what)s：新规则", what=kind.label)
        return self.render(
            "pricing/draft.html", status, kind=kind, rule=rule, form=form, tiers=tiers or [dict(BLANK_TIER, starts="0"), dict(BLANK_TIER)],
            blank=BLANK_TIER, conditions=[name for name in CONDITIONS if name in form], of_methods=OF_METHODS, tiered=sorted(TIERED), most=MOST_TIERS,
            page_title=title, desk=url_for("RuleDeskView.show", pk=kind.id),
        )


def _moment(there: datetime | None) -> datetime | None:
    return there.replace(tzinfo=SHANGHAI) if there else None


def _minute(field: Any) -> int | None:
    """Minutes of the day of `11:00`; 24:00 ends it. Refuses anything else, at the field."""
    words = (field.data or "").strip()
    if not words:
        return None
    hour, colon, minute = words.partition(":")
    if colon and hour.isdecimal() and minute.isdecimal() and words.isascii() and int(minute) < 60 and int(hour) * 60 + int(minute) <= 1440:
        return int(hour) * 60 + int(minute)
    raise Invalid(errors=[{"field": field.short_name, "code": "time", "message": _("写 24 小时制的时间，例如 11:00")}])


def _tiers(typed: list[dict[str, str]]) -> list[Tier]:
    """The rows as tiers. Raises Invalid for what is no amount and no percentage."""
    try:
        return [Tier(parse_yuan(row["starts"] or "0"), _ppm(row["ppm"]), parse_yuan(row["fen"]) if row["fen"] else 0) for row in typed]
    except (NotAnAmount, ValueError) as wrong:
        raise Invalid(errors=[{"field": "tiers", "code": "tiers", "message": str(wrong)}]) from wrong


def _ppm(words: str) -> int:
    field: Any = _Percent(data={})["ppm"]
    field.process_formdata([words])
    return int(field.data or 0)


class _Percent(FlaskForm):
    """Reads a percentage as the form's own fields do."""

    class Meta:
        csrf = False

    ppm = PercentField("")


def typed_tiers(version: FeeRuleVersion) -> list[Mapping[str, str]]:
    """The tiers of a version as its form shows them."""
    return [
        {"starts": figures(each["starts"]).replace(",", ""), "ppm": f"{each['ppm'] / 10_000:.4f}".rstrip("0").rstrip("."),
         "fen": figures(each["fen"]).replace(",", "") if each.get("fen") else ""}
        for each in version.tiers
    ]

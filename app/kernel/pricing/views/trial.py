"""The trial: what an order would cost in fees, with the arithmetic, before anybody orders."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import DateTimeLocalField, IntegerField, SelectField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from app.core import clock
from app.core.periods import SHANGHAI, local
from app.extensions import db
from app.framework.console.fields import LookupField, MoneyField
from app.framework.console.page import Page, expose, may, page_access
from app.framework.console.view import view_url
from app.kernel.commission.models import FeeKind
from app.kernel.commission.presenting import order_kind_words
from app.kernel.commission.rules import PARTIES
from app.kernel.parties.queries import merchant_named
from app.kernel.pricing.trial import TrialFee, trial_price, try_fees
from app.kernel.pricing.views.desk import RuleDeskView


class TrialForm(FlaskForm):
    """The order that is tried. It is read from the address, so that a trial can be sent to somebody."""

    class Meta:
        """A page that is only read needs no token."""

        csrf = False

    trade = SelectField(_l("行业"), validators=[DataRequired(_l("选一个行业"))])
    merchant_id = LookupField(
        _l("商户"), endpoint="/fees/versions/look-up/merchant_id", named=merchant_named, description=_l("不填就按没有合约价的商户算")
    )
    at = DateTimeLocalField(_l("什么时候下单（北京时间）"), validators=[DataRequired(_l("选择下单时间"))])
    order_kind = SelectField(_l("哪种订单"))
    goods = MoneyField(_l("商品原价"), validators=[InputRequired(_l("填写金额"))])
    pieces = IntegerField(_l("几件"), default=1, validators=[Optional(), NumberRange(1, 9_999, message=_l("件数在 1 到 9999 之间"))])
    merchant_discount = MoneyField(_l("商户优惠"))
    platform_discount = MoneyField(_l("平台优惠"))
    delivery = MoneyField(_l("配送费"))


class TrialPage(Page):
    """`/fees/trial/`: an order that nobody placed, and every fee of it."""

    name = "pricing.trial"
    route_base = "/fees/trial"
    title = _l("费用试算")
    icon = "scale"
    words = {"index": _l("试算费用")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The form, and the fees once it is filled; nothing is stored."""
        asked = "trade" in request.args
        form = TrialForm(request.args if asked else None)
        trades = {manifest.name: manifest.title for manifest in current_app.extensions["manifests"] if manifest.fees}
        form.trade.choices = list(trades.items())
        chosen = form.trade.data if form.trade.data in trades else next(iter(trades))
        kinds = order_kind_words(chosen)
        form.order_kind.choices = [("", _("全部")), *kinds.items()]
        if not asked:
            form.at.data = local(clock.now()).replace(tzinfo=None)
        fees = self._tried(form) if asked and form.validate() else None
        paid = sum(fee.amount or 0 for fee in fees or () if fee.payer == "merchant")
        return self.render(
            "pricing/trial.html", form=form, fees=fees, total=paid, parties=PARTIES, desks=self._desks(chosen),
        )

    @staticmethod
    def _tried(form: Any) -> list[TrialFee]:
        pieces = form.pieces.data or 1
        cost = trial_price(
            goods=form.goods.data or 0, merchant_discount=form.merchant_discount.data or 0, platform_discount=form.platform_discount.data or 0,
            delivery=form.delivery.data or 0,
        )
        moment = form.at.data.replace(tzinfo=SHANGHAI)
        return try_fees(form.trade.data, form.merchant_id.data or 0, form.order_kind.data, cost, pieces, moment)

    @staticmethod
    def _desks(trade: str) -> dict[str, str]:
        """Kind of fee → its desk, for whoever may open it."""
        if not may(RuleDeskView, "show"):
            return {}
        kinds = db.session.execute(select(FeeKind.kind, FeeKind.id).where(FeeKind.trade == trade)).tuples()
        return {kind: view_url(RuleDeskView, "show", pk=key) for kind, key in kinds}

"""What merchants of vouchers see first: partners to answer, deals that were refused, vouchers that end soon, and today at each store."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor
from app.core.money import yuan
from app.extensions import db
from app.framework.console.home import HomeCard, SpanCard, Table, TodoItem
from app.framework.console.spans import Span
from app.kernel.parties.roles import RUNNERS
from app.kernel.redemption.models import LIVE, RedeemStore, Redemption, Voucher
from app.verticals.vouchers.models import DealPlace, VoucherDeal


class WaitingCard(HomeCard):
    """What waits for the people who run the merchant."""

    name = "vouchers.waiting"
    roles = RUNNERS
    kind = "todo"
    title = _l("等你处理")
    span = 12
    order = 11

    def load(self, actor: Actor, now: datetime) -> list[TodoItem]:
        """Partners to answer, refused deals, codes that end within three days."""
        asked = db.session.scalar(select(func.count()).select_from(DealPlace).where(DealPlace.status == "asked")) or 0
        refused = db.session.scalar(
            select(func.count()).select_from(VoucherDeal).where(VoucherDeal.status == "rejected", VoucherDeal.merchant_id == actor.merchant_id)
        ) or 0
        ending, fen = db.session.execute(
            select(func.count(), func.coalesce(func.sum(Voucher.paid), 0)).select_from(Voucher)
            .where(Voucher.status == LIVE, Voucher.valid_until > now, Voucher.valid_until <= now + timedelta(days=3))
        ).one()
        items = []
        if asked:
            items.append(TodoItem(asked, _("家商户请你的店接待"), _("同意后核销的钱归你"), url_for("DealPartnerView.list", view="asked"), _("去答复")))
        if refused:
            items.append(TodoItem(refused, _("个团购商品未通过审核"), _("改好再送审"), url_for("VoucherDealView.list", view="rejected"), _("去修改"), "bad"))
        if ending:
            note = _("没用的会退 %(fen)s 给顾客", fen=yuan(int(fen)))
            items.append(TodoItem(ending, _("张券三天内到期"), note, url_for("VoucherView.list"), _("去看看"), ""))
        return items


class StoresCard(SpanCard):
    """What each store redeemed in the span."""

    name = "vouchers.stores"
    roles = RUNNERS
    kind = "table"
    title = _l("各门店核销")
    span = 5
    order = 32

    def load_span(self, actor: Actor, span: Span) -> Table | None:
        """At most eight; hidden before the first redemption."""
        fen = func.sum(Redemption.amount)
        statement = (
            select(RedeemStore.name, func.sum(Redemption.count), fen).join(RedeemStore, RedeemStore.id == Redemption.store_id)
            .where(Redemption.redeemed_at >= span.begins, Redemption.redeemed_at < span.ends, Redemption.status != "undone")
            .group_by(RedeemStore.id, RedeemStore.name).order_by(fen.desc(), RedeemStore.id).limit(8)
        )
        rows = [(name, f"{count:,}", yuan(int(amount))) for name, count, amount in db.session.execute(statement)]
        return Table((_("门店"), _("次数"), _("金额")), rows, frozenset({1, 2})) if rows else None


CARDS = (WaitingCard, StoresCard)

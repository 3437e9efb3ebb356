"""What customers are told about their vouchers, in words that are filled when they are read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from app.core.money import yuan
from app.extensions import db
from app.framework.live import announce
from app.kernel.redemption.models import Voucher, VoucherNews
from app.kernel.redemption.operations.issuing import topic_of


def tell_customer(voucher: Voucher, kind: str, *, now: datetime, **details: Any) -> None:
    """The customer finds it among the news, and open pages hear of it."""
    db.session.add(VoucherNews(
        customer_id=voucher.customer_id, voucher_id=voucher.id, kind=kind, details={"title": voucher.title, **details}, at=now,
    ))
    db.session.flush()
    announce(topic_of(voucher.customer_id), voucher=voucher.id, left=voucher.left)


def words_of(news: VoucherNews) -> str:
    """The sentence, in the reader's language."""
    facts = {"title": "", "store": "", "left": 0, "until": "", **news.details, "amount": yuan(int(news.details.get("amount", 0)))}
    if news.kind == "redeemed":
        return _("“%(title)s”在%(store)s核销了 %(amount)s，还剩 %(left)d 次", **facts)
    if news.kind == "undone":
        return _("“%(title)s”的一次核销被撤销，%(amount)s 又可以用了", **facts)
    if news.kind == "ends_soon":
        return _("“%(title)s”还有 %(left)d 次没用，%(until)s 之后不能用，没用的会自动退款", **facts)
    if news.kind == "expired":
        return _("“%(title)s”过期了，没用的 %(amount)s 会退给你", **facts)
    return _("“%(title)s”没用的 %(amount)s 会退给你", **facts)

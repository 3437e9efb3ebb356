"""The price list starts with the defaults of all trades."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Range, insert

from app.core.actors import system
from app.extensions import db
from app.framework.database import save
from app.framework.flow import move
from app.framework.manifest import FeeDefault, Manifest
from app.kernel.commission.models import FeeKind, FeeRule, FeeRuleVersion
from app.kernel.commission.price_list import default_fees
from app.kernel.commission.rules import Rate, checked_rate

BEGINNING = datetime.fromisoformat("2020-01-01T00:00:00+08:00")
FALLBACK_RANK = 1000  # rules of the operator come before what everybody falls back to


def seed_all(manifests: Iterable[Manifest], *, now: datetime) -> None:
    """The defaults of all trades are in the price list, also of those that are switched off or have no package."""
    for trade, fees in default_fees(manifests).items():
        seed_rules(trade, fees, now=now)


def seed_rules(trade: str, fees: Sequence[FeeDefault], *, now: datetime) -> None:
    """Write the trade's kinds of fees, each with a rule for everybody and its default rate, once; what the console changed stays."""
    for default in fees:
        _describe(trade, default, now)
        if db.session.scalars(select(FeeRule.id).where(FeeRule.trade == trade, FeeRule.kind == default.kind).limit(1)).first() is not None:
            continue
        rule = save(FeeRule(trade=trade, kind=default.kind, title=str(default.label), rank=FALLBACK_RANK))
        rate = checked_rate(Rate(default.ppm, default.fen, method=default.method))
        version = save(FeeRuleVersion(
            rule_id=rule.id, number=1, valid=Range(BEGINNING, None), base=default.base, method=rate.method, ppm=rate.ppm, fen=rate.fen, tiers=[],
            made_by="seed", reason=str(_l("默认价目")),
        ))
        move(version, "approve", actor=system("price list"), now=now)


def _describe(trade: str, default: FeeDefault, now: datetime) -> None:
    """What the code says of a kind of fee is in its row; the code's words follow the code, prices do not."""
    least, most = default.bracket or (None, None)
    words = {
        "title": str(default.label), "item": default.item, "method": default.method, "period": default.period, "about": str(default.about),
        "payer": default.payer, "payee": default.payee, "income": default.income, "tax_class": default.tax_class, "least_ppm": least, "most_ppm": most,
    }
    statement = insert(FeeKind).values(trade=trade, kind=default.kind, version=1, created_at=now, updated_at=now, **words)
    different = " OR ".join(f"fee_kind.{name} IS DISTINCT FROM excluded.{name}" for name in words)
    db.session.execute(statement.on_conflict_do_update(
        index_elements=["trade", "kind"], set_={**words, "updated_at": now, "version": FeeKind.version + 1}, where=text(different),
    ))

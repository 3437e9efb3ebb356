"""How a proposal is shown: for whom it is, who proposed it, who approved it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.framework.identity import current_actor
from app.kernel.parties.queries import merchant_named, person_named


def whom(record: Any) -> str:
    """The merchant that a proposal is for, or all merchants."""
    return (merchant_named(record.merchant_id) if record.merchant_id else None) or str(_l("全部商户"))


def person(maker: str | None) -> Any:
    """Who asked, proposed, or approved; a customer is called so, and for members of a merchant staff are the platform."""
    kind = (maker or "").partition(":")[0]
    if kind == "customer":
        return _l("顾客")
    if kind == "staff" and current_actor().merchant_id:
        return _l("平台")
    return person_named(maker) if maker else None


WHOM = Column("whom", _l("对谁"), value=whom, export=False)
PROPOSER = Column("made_by", _l("提出人"), value=lambda record: person_named(record.made_by), phone=False)
APPROVER = Column("approved_by", _l("批准人"), value=lambda record: person_named(record.approved_by), phone=False)
APPROVED_AT = Column("approved_at", _l("批准时间"), kind="when")
REASON = Column("reason", _l("原因"), wide=True)

"""Plans that staff offer and parties buy: priced by the price list, granting entitlements by name."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import reference
from app.framework.database import Dated
from app.framework.flow import guard_status, late
from app.kernel.commission.models import FeeKind
from app.kernel.governance.flows import FINANCE
from app.kernel.governance.models import Proposal, proposal_checks

PLAN_FLOW = Flow(
    name="plan",
    title=_l("套餐"),
    states=(
        State("draft", _l("待批准"), "wait"),
        State("approved", _l("在售"), "ok"),
        State("refused", _l("未批准"), "bad", final=True),
        State("ended", _l("已下架"), "mute", final=True),
    ),
    moves=(
        Move(
            "approve", _l("批准上架"), ("draft",), "approved", FINANCE, effect=late("app.kernel.plans.operations.catalogue:put_on_sale"), style="primary",
            confirm=_l("批准后就能买；提的人不能自己批准"),
        ),
        Move("refuse", _l("不批准"), ("draft",), "refused", FINANCE, asks=(Ask("reason", _l("原因")),), style="danger"),
        Move(
            "end", _l("下架"), ("approved",), "ended", FINANCE | {"Operator"}, asks=(Ask("reason", _l("原因")),), style="danger",
            confirm=_l("下架后不能再买；已买的用到期满"),
        ),
    ),
)


class Plan(Proposal, Dated, Model):
    """What a plan costs is the price list's fee `kind` of its trade; what it grants is name → amount in `grants`. Neither changes once made.

    `audience` is who buys it: merchant or customer. Title and description are words and may be edited at any time.
    """

    __tablename__ = "plan_plan"
    __access__ = reference()
    __table_args__ = (
        ForeignKeyConstraint(["trade", "kind"], ["fee_kind.trade", "fee_kind.kind"], name="fk_plan_plan_kind"),
        CheckConstraint("audience IN ('merchant', 'customer')", name="audience"),
        *proposal_checks(),
        Index("ix_plan_plan_sale", "trade", "status"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    trade: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(40))
    audience: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(String(300), default="")
    grants: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)

    priced: Mapped[FeeKind] = relationship(
        primaryjoin="and_(foreign(Plan.trade) == FeeKind.trade, foreign(Plan.kind) == FeeKind.kind)", viewonly=True, lazy="joined",
    )

    @property
    def label(self) -> str:
        """The title."""
        return self.title


guard_status(Plan, PLAN_FLOW)

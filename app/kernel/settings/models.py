"""Versions of settings: at most one of each name counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.framework.access import reference
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.framework.settings import declared
from app.kernel.governance.flows import proposal_flow
from app.kernel.governance.models import Proposal, proposal_checks

SETTING_FLOW = proposal_flow(
    "setting_version", _l("设置改动"), effect=late("app.kernel.settings.operations:put_in_force"), confirm=_l("批准后马上生效"), ends=True,
    system_approves=True,
)


class SettingVersion(Proposal, Dated, Model):
    """What somebody set a setting to, from `valid_from` until the next version. With `money` another person approved it."""

    __tablename__ = "setting_version"
    __access__ = reference()
    __table_args__ = (
        UniqueConstraint("name", "number"),
        *proposal_checks(unless="NOT money"),
        ExcludeConstraint(
            ("name", "="), where=text("status = 'approved'"), using="gist", name="one_setting_version_counts", deferrable=True, initially="DEFERRED",
        ),
        Index("ix_setting_version_status", "status"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    number: Mapped[int]
    value: Mapped[Any] = mapped_column(JSONB)
    money: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def label(self) -> str:
        """`支付期限 v3`."""
        setting = declared().get(self.name)
        return f"{setting.label if setting else self.name} v{self.number}"


guard_status(SettingVersion, SETTING_FLOW)

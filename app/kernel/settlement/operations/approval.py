"""Two people before money leaves: one freezes a statement, another approves it. The sums must equal the ledger both times."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Refusal
from app.kernel.governance.operations import is_maker, maker_name
from app.kernel.settlement.models import Statement
from app.kernel.settlement.queries import available_below


class FrozeItYourself(Refusal):
    """Whoever froze a statement may not approve it."""

    code = "settlement.froze_it_yourself"
    status = 403
    sentence = _l("自己冻结的账单要由另一个人审批")


class NotTheLedger(Refusal):
    """The statement's closing balance is not the ledger's at its watermark."""

    code = "settlement.not_the_ledger"
    status = 409
    sentence = _l("账单 %(number)s 与账本不一致，先查账实核对")


def note_freeze(statement: Statement, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `freeze`: who and when; refused when the ledger says another closing balance."""
    statement.frozen_by, statement.frozen_at = maker_name(actor), now
    _check(statement)


def forget_freeze(statement: Statement, **_: Any) -> None:
    """Effect of `send_back`: somebody else may freeze it."""
    statement.frozen_by = statement.frozen_at = statement.confirm_by = statement.confirmed_by = statement.confirmed_at = None


def note_approval(statement: Statement, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `approve`: the second person; refused for the one who froze it."""
    if is_maker(statement.frozen_by, actor):
        raise FrozeItYourself
    statement.approved_by, statement.approved_at = maker_name(actor), now
    _check(statement)


def _check(statement: Statement) -> None:
    if available_below(statement.merchant_id, statement.watermark) != statement.closing:
        raise NotTheLedger(number=statement.number)

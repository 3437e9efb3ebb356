"""The flow of what takes something off a price: a coupon, a deal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.flows import Ask, Flow, Move, State
from app.kernel.governance.flows import FINANCE
from app.kernel.governance.operations import maker_name
from app.kernel.parties.roles import RUNNERS

HOUSE = RUNNERS
SYSTEM = frozenset({"system"})


def offer_flow(
    name: str, title: Any, *, approve: Callable[..., None], starts: Any, approves: Any, end: Any, ends: Any, most: str = "",
) -> Flow:
    """draft → approved ⇄ paused → ended. The merchant starts its own; the platform's is approved or refused by finance.

    `approve` is the effect of the approval; `starts`, `approves` and `ends` say what follows before the button is pressed; `end` labels the last
    move; `most` names the attribute with the fen that an approval may cost.
    """
    keepers = HOUSE | FINANCE | {"Operator"}
    return Flow(
        name=name,
        title=title,
        states=(
            State("draft", _l("待启用"), "wait"),
            State("approved", _l("进行中"), "run"),
            State("paused", _l("已暂停"), "hold"),
            State("refused", _l("未批准"), "bad", final=True),
            State("ended", _l("已结束"), "mute", final=True),
        ),
        moves=(
            Move("start", _l("启用"), ("draft",), "approved", HOUSE, applies=_of_merchant, effect=_start, style="primary", confirm=starts),
            Move(
                "approve", _l("批准"), ("draft",), "approved", FINANCE, applies=_of_platform, effect=approve, style="primary", confirm=approves,
                confirm_amount=most,
            ),
            Move("refuse", _l("不批准"), ("draft",), "refused", FINANCE, applies=_of_platform, asks=(Ask("reason", _l("原因")),), style="danger"),
            Move("pause", _l("暂停"), ("approved",), "paused", keepers, undo="resume"),
            Move("resume", _l("恢复"), ("paused",), "approved", keepers, style="primary"),
            Move("end", end, ("draft", "approved", "paused"), "ended", keepers | SYSTEM, style="danger", confirm=ends),
        ),
    )


def _of_merchant(offer: Any) -> bool:
    return offer.merchant_id is not None


def _of_platform(offer: Any) -> bool:
    return offer.merchant_id is None


def _start(offer: Any, *, actor: Actor, now: datetime) -> None:
    offer.approved_by, offer.approved_at = maker_name(actor), now  # the merchant bears it and needs nobody else

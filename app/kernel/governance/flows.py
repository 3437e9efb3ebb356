"""The flow of a proposal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.flows import Ask, Flow, Move, State

FINANCE = frozenset({"Finance", "Admin"})


def proposal_flow(
    name: str, title: Any, *, effect: Callable[..., None], confirm: Any, ends: bool = False, system_approves: bool = False,
) -> Flow:
    """draft → approved or refused, by finance. `effect` runs on approval; `ends` lets the platform end what was approved;
    `system_approves` lets it approve as well (a price list's defaults)."""
    states = (
        State("draft", _l("待批准"), "wait"),
        State("approved", _l("已批准"), "ok", final=not ends),
        State("refused", _l("未批准"), "bad", final=True),
    )
    moves = (
        Move(
            "approve", _l("批准"), ("draft",), "approved", FINANCE | ({"system"} if system_approves else set()), effect=effect, style="primary",
            confirm=confirm,
        ),
        Move("refuse", _l("不批准"), ("draft",), "refused", FINANCE, asks=(Ask("reason", _l("原因")),), style="danger"),
    )
    if not ends:
        return Flow(name, title, states, moves)
    ended = State("ended", _l("已停用"), "mute", final=True)
    return Flow(name, title, (*states, ended), (*moves, Move("end", _l("停用"), ("approved",), "ended", frozenset({"system"}))))

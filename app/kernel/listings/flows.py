"""The states of a thing on sale, the same for every trade; a report's too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.flows import Ask, Flow, Move, State
from app.framework.flow import late
from app.kernel.parties.roles import OPERATORS, RUNNERS

SYSTEM = frozenset({"system"})
REASON = (Ask("reason", _l("原因")),)
OFFERED = ("on_sale", "off_sale")


def _effect(name: str) -> Callable[..., Any]:
    return late(f"app.kernel.listings.effects:{name}")


def listing_flow(name: str, title: Any, *, runners: frozenset[str] = RUNNERS) -> Flow:
    """The flow `name` of a listing: handed in, reviewed, on and off sale, recalled. `runners` are the roles that put it up."""
    by = runners | SYSTEM
    return Flow(
        name=name,
        title=title,
        states=(
            State("draft", _l("草稿"), "mute"),
            State("pending", _l("待审核"), "wait"),
            State("on_sale", _l("在售"), "ok"),
            State("off_sale", _l("已下架"), "mute"),
            State("rejected", _l("未通过"), "bad"),
        ),
        moves=(
            Move("submit", _l("提交审核"), ("draft", "rejected"), "pending", by, style="primary", effect=_effect("on_submitted")),
            Move("recall", _l("送回重审"), OFFERED, "pending", OPERATORS | SYSTEM, asks=REASON, effect=_effect("on_recalled"), style="danger"),
            Move("approve", _l("通过"), ("pending",), "on_sale", SYSTEM, effect=_effect("on_approved")),
            Move("reject", _l("驳回"), ("pending",), "rejected", SYSTEM, asks=REASON, effect=_effect("on_rejected")),
            Move("take_off", _l("下架"), ("on_sale",), "off_sale", by, undo="put_back", effect=_effect("off_view")),
            Move("put_back", _l("重新上架"), ("off_sale",), "on_sale", by, style="primary", undo="take_off", effect=_effect("on_view")),
        ),
    )


REPORT_FLOW = Flow(
    name="listing_report",
    title=_l("举报"),
    states=(
        State("open", _l("待处理"), "wait"),
        State("upheld", _l("属实，已送回重审"), "bad", final=True),
        State("dismissed", _l("不属实"), "mute", final=True),
    ),
    moves=(
        Move(
            "uphold", _l("属实，送回重审"), ("open",), "upheld", OPERATORS | {"Reviewer"}, style="danger", effect=_effect("on_upheld"),
            asks=(Ask("answer", _l("给商户看的原因")),), confirm=_l("会马上从小程序下架，等审核员重新看"),
        ),
        Move(
            "dismiss", _l("不属实"), ("open",), "dismissed", OPERATORS | {"Reviewer"}, effect=_effect("on_dismissed"),
            asks=(Ask("answer", _l("为什么不成立")),),
        ),
    ),
)

"""The flows of applications, documents, and review cases."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.flows import Ask, Flow, Move, State
from app.framework.flow import late
from app.kernel.parties.roles import RUNNERS

REVIEWERS = frozenset({"Reviewer", "Operator", "Admin"})
APPLICANTS = RUNNERS
SYSTEM = frozenset({"system"})
REASON = (Ask("reason", _l("原因"), max_length=500),)

OPERATIONS = "app.kernel.approvals.operations"

APPLICATION_FLOW = Flow(
    name="application",
    title=_l("入驻申请"),
    states=(
        State("draft", _l("草稿"), "mute"),
        State("submitted", _l("审核中"), "wait"),
        State("asked", _l("要补件"), "hold"),
        State("rejected", _l("未通过"), "bad"),
        State("approved", _l("已通过"), "ok", final=True),
    ),
    moves=(
        Move("submit", _l("提交审核"), ("draft", "asked", "rejected"), "submitted", frozenset({"Owner", "system"}), style="primary"),
        Move("approve", _l("通过"), ("submitted",), "approved", SYSTEM),
        Move("ask", _l("要求补件"), ("submitted",), "asked", SYSTEM, asks=REASON),
        Move("reject", _l("驳回"), ("submitted",), "rejected", SYSTEM, asks=REASON),
        Move("take_back", _l("撤回修改"), ("submitted",), "draft", frozenset({"Owner", "system"})),
    ),
)

DOCUMENT_FLOW = Flow(
    name="document",
    title=_l("证照"),
    states=(
        State("pending", _l("待审核"), "wait"),
        State("valid", _l("有效"), "ok"),
        State("expiring", _l("快到期"), "hold"),
        State("expired", _l("已过期"), "bad"),
        State("refused", _l("未通过"), "bad", final=True),
        State("replaced", _l("已更换"), "mute", final=True),
    ),
    moves=(
        Move("confirm", _l("确认有效"), ("pending",), "valid", SYSTEM),
        Move("refuse", _l("不认可"), ("pending",), "refused", SYSTEM, asks=REASON),
        Move("warn", _l("提醒到期"), ("valid",), "expiring", SYSTEM),
        Move("expire", _l("过期"), ("valid", "expiring"), "expired", SYSTEM),
        Move("replace", _l("更换"), ("pending", "valid", "expiring", "expired"), "replaced", SYSTEM | APPLICANTS),
    ),
)

CASE_FLOW = Flow(
    name="case",
    title=_l("审核件"),
    states=(
        State("waiting", _l("待审"), "wait"),
        State("claimed", _l("审核中"), "run"),
        State("asked", _l("等补件"), "hold"),
        State("approved", _l("已通过"), "ok", final=True),
        State("rejected", _l("已驳回"), "bad", final=True),
        State("withdrawn", _l("已撤回"), "mute", final=True),
    ),
    moves=(
        Move("claim", _l("领取"), ("waiting", "claimed"), "claimed", REVIEWERS, style="primary", undo="release"),
        Move("release", _l("放回"), ("claimed",), "waiting", REVIEWERS | SYSTEM),
        Move("approve", _l("通过"), ("claimed",), "approved", REVIEWERS, effect=late(f"{OPERATIONS}.reviewing:run_approve"), style="primary"),
        Move("ask", _l("要求补件"), ("claimed",), "asked", REVIEWERS, asks=REASON, effect=late(f"{OPERATIONS}.reviewing:run_ask")),
        Move(
            "reject", _l("驳回"), ("claimed",), "rejected", REVIEWERS, asks=REASON, effect=late(f"{OPERATIONS}.reviewing:run_reject"), style="danger",
        ),
        Move("resubmit", _l("补件重交"), ("asked",), "waiting", APPLICANTS | SYSTEM),
        Move("withdraw", _l("撤回"), ("waiting", "claimed", "asked"), "withdrawn", APPLICANTS | SYSTEM),
    ),
)

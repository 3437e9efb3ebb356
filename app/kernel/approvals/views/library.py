"""What reviewers choose from, and what is sent to them: the library of reasons, the review policies, the documents that trades demand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.framework.console.columns import Column, Section
from app.framework.console.view import ConsoleView
from app.kernel.approvals.forms import DemandChangeForm, DemandForm, PolicyForm, ReasonForm
from app.kernel.approvals.models import Demand, RejectReason, ReviewPolicy
from app.kernel.approvals.operations.demands import add_demand, change_demand
from app.kernel.approvals.operations.library import add_reason, change_policy, change_reason, set_policy
from app.kernel.approvals.queries import PAPERS, demands_of, in_words
from app.kernel.approvals.reviewables import open_trades, reviewables, title_of

MODES: dict[str, Any] = {
    "all": _l("全部送审"), "new_merchants": _l("只送新商户的"), "changed_fields": _l("只送改了要紧内容的"), "risk_words": _l("只送有风险词的"),
}


FAMILIES = {"": _l("所有类别"), PAPERS: _l("所有行业的入驻和证照")}


def _used_for(kind: str) -> str:
    return str(FAMILIES.get(kind) or title_of(kind))


def _kinds() -> list[tuple[str, str]]:
    return [(each.kind, str(each.title)) for each in reviewables().values()]


class ReasonView(ConsoleView):
    """The sentences that reviewers choose from."""

    name = "approvals.reasons"
    route_base = "/review-reasons"
    model = RejectReason
    title = _l("驳回理由库")
    singular = _l("理由")
    icon = "book"
    order = "position"
    search_columns = ("sentence",)
    list_columns = (
        Column("sentence", _l("理由"), link=True, sub="sentence_en"),
        Column("kind", _l("用在"), value=lambda reason: _used_for(reason.kind), export=False),
        Column("position", _l("排在第几"), kind="count", sort=True, edit=True),
        Column("active", _l("启用"), kind="flag"),
    )
    facts = list_columns
    form = ReasonForm
    create = staticmethod(add_reason)
    update = staticmethod(change_reason)
    revisable = True
    exports = False

    def make_form(self, record: Any = None) -> Any:
        """With the kinds that this installation has."""
        form = ReasonForm(obj=record)
        form.kind.choices = [*((kind, str(label)) for kind, label in FAMILIES.items()), *_kinds()]
        return form


def _set_policy(*, actor: Actor, now: datetime, words: str, **values: Any) -> ReviewPolicy:
    return set_policy(words=words.split(), actor=actor, now=now, **values)


def _change_policy(record: ReviewPolicy, *, actor: Actor, now: datetime, words: str, **values: Any) -> ReviewPolicy:
    return change_policy(record, words=words.split(), actor=actor, now=now, **values)


class PolicyView(ConsoleView):
    """What is reviewed, how soon, and by which words."""

    name = "approvals.policies"
    route_base = "/review-policies"
    model = ReviewPolicy
    title = _l("审核策略")
    singular = _l("策略")
    icon = "gear"
    list_columns = (
        Column("kind", _l("类别"), value=lambda policy: title_of(policy.kind), link=True, export=False),
        Column("mode", _l("送审范围"), kind="choice", choices=MODES),
        Column("minutes", _l("承诺几分钟内"), kind="count"),
        Column("young_days", _l("新商户指几天内"), kind="count", phone=False),
        Column("sample_ppm", _l("通过后抽查"), kind="percent", phone=False),
    )
    facts = (*list_columns, Column("words", _l("另加的风险词"), value=lambda policy: "、".join(policy.words) or "—", wide=True))
    empty_text = _l("没有单独定策略的类别，全部送审，2 小时内审完")
    form = PolicyForm
    create = staticmethod(_set_policy)
    update = staticmethod(_change_policy)
    revisable = True
    exports = False

    def make_form(self, record: Any = None) -> Any:
        """With the kinds and modes there are."""
        form = PolicyForm(obj=record)
        form.kind.choices, form.mode.choices = _kinds(), list(MODES.items())
        if record is not None:
            del form.kind
            if not form.is_submitted():
                form.words.data = self.present(record, "words")
        return form

    def present(self, record: Any, name: str) -> Any:
        """Words as the form writes them, with spaces between."""
        return " ".join(record.words) if name == "words" else super().present(record, name)


def _trades() -> dict[str, Any]:
    return {trade.name: trade.title for trade in open_trades()}


def _preview(record: Demand) -> dict[str, Any]:
    return {"demands": demands_of(record.trade)}


class DemandView(ConsoleView):
    """Which documents applicants of each trade hand in."""

    name = "approvals.demands"
    route_base = "/document-demands"
    model = Demand
    title = _l("要交的证照")
    singular = _l("要交的证照")
    subtitle = _l("每个行业入驻时要交哪些证照。改了以后，下一次提交生效；已入驻的不受影响。")
    measure = _l("种")
    icon = "file"
    order = "position"
    list_columns = (
        Column("label_zh", _l("名称"), link=True, sub="kind", value=in_words),
        Column("trade", _l("行业"), value=lambda demand: _trades().get(demand.trade, demand.trade)),
        Column("required", _l("必交"), kind="flag"),
        Column("expires", _l("有有效期"), kind="flag"),
        Column("many", _l("最多几张"), kind="count", phone=False),
        Column("position", _l("排在第几"), kind="count", sort=True, edit=True, phone=False),
        Column("active", _l("启用"), kind="flag"),
    )
    facts = (*list_columns[1:5], Column("label_en", _l("英文名称")), *list_columns[6:])
    sections = (Section(_l("申请人看到的样子"), template="approvals/demands_preview.html", context=_preview, note=_l("预览")),)
    form = DemandForm
    add_label = _l("多要一种证照")
    create = staticmethod(add_demand)
    update = staticmethod(change_demand)
    revisable = True
    exports = False

    def make_form(self, record: Any = None) -> Any:
        """Trade and code are asked once."""
        if record is not None:
            return DemandChangeForm(obj=record)
        form = DemandForm()
        form.trade.choices = list(_trades().items())
        return form

"""The audit in the console: who did what, when, from where, why, what changed; and whether anybody tampered with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.extensions import db
from app.framework.console.columns import Action, Column, Section
from app.framework.console.filters import ChoiceFilter, DateFilter, Filter
from app.framework.console.page import expose, page_access
from app.framework.console.view import ConsoleView
from app.kernel.audit.models import AuditBlock, AuditEntry
from app.kernel.audit.operations import broken_blocks
from app.kernel.audit.words import act_in_words, changes_in_words, person_in_words

KINDS = {"staff": _l("平台员工"), "merchant": _l("商户成员"), "customer": _l("顾客"), "system": _l("系统"), "public": _l("未登录")}


def _changes(entry: AuditEntry) -> Sequence[tuple[Any, str, str]]:
    return list(changes_in_words(entry))


def _in_a_line(entry: AuditEntry) -> str:
    """Every change of the act in one line, for the spreadsheet."""
    return "；".join(f"{label}：{before or '—'} → {after or '—'}" for label, before, after in changes_in_words(entry))


class AuditView(ConsoleView):
    """Who did what, when, and why. Nothing here can be changed."""

    name = "audit.entries"
    route_base = "/audit"
    model = AuditEntry
    title = _l("审计")
    subtitle = _l("只增不改；每 10 分钟封存一次，前后相连")
    singular = _l("记录")
    measure = _l("条")
    icon = "shield"
    show_timeline = False
    counted = False  # each record's own story stands on its page
    search_columns = ("actor_name", "action", "subject_label", "reason", "request_id")
    search_hint = _l("人、对象、原因、请求号")
    list_columns = (
        Column("at", _l("时间"), kind="when", link=True, sort=True),
        Column("actor_name", _l("谁"), value=lambda entry: person_in_words(entry.actor_name)),
        Column("action", _l("动作"), value=lambda entry: act_in_words(entry.action)),
        Column("subject_label", _l("对象")),
        Column("changes", _l("改动"), value=_in_a_line, phone=False),
        Column("reason", _l("原因"), phone=False),
    )
    facts = (
        Column("at", _l("时间"), kind="when"), Column("actor_name", _l("谁"), value=lambda entry: person_in_words(entry.actor_name)),
        Column("actor_kind", _l("身份"), choices=KINDS), Column("subject_label", _l("对象")), Column("address", _l("来自地址")),
        Column("request_id", _l("请求号"), kind="ref"), Column("action", _l("动作代码"), kind="ref"),
        Column("subject", _l("表和键"), kind="ref", value=lambda entry: f"{entry.subject_type} {entry.subject_id or ''}"),
        Column("reason", _l("原因"), wide=True),
    )
    sections = (
        Section(_l("改动"), rows=_changes, when=lambda entry: bool(entry.changes), columns=(
            Column("field", _l("字段"), value=lambda row: row[0]), Column("before", _l("原来"), value=lambda row: row[1]),
            Column("after", _l("改成"), value=lambda row: row[2]),
        )),
    )
    filters = (DateFilter("at"), ChoiceFilter("actor_kind", _l("身份"), choices=KINDS), Filter("actor_name", _l("谁")))
    actions = (Action(_l("查封存"), "AuditView.chain", "chain", icon="shield"),)
    words = {"chain": _l("查封存")}

    def label_of(self, record: Any) -> str:
        """What was done, to what."""
        return f"{act_in_words(record.action)} {record.subject_label}".strip()

    @expose("/chain", methods=["GET", "POST"])
    @page_access("can_chain")
    def chain(self) -> Response:
        """The sealed blocks; posting computes every hash again and says which no longer fit."""
        broken = broken_blocks() if request.method == "POST" else None
        blocks = db.session.scalars(select(AuditBlock).order_by(AuditBlock.id.desc()).limit(50)).all()
        count, entries = db.session.execute(select(func.count(), func.coalesce(func.sum(AuditBlock.entries), 0)).select_from(AuditBlock)).one()
        return self.render("audit/chain.html", blocks=blocks, count=count, entries=entries, broken=broken, page_title=_("审计封存"))

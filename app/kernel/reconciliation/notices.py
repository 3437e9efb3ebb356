"""What people of finance are told about breaks and months."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.reconciliation.models import ReconBreak, ReconCorrection, ReconMonth
from app.kernel.reconciliation.rules.words import BREAKS

OTHERS = _l("其他财务人员")
NUMBER = Variable("number", _l("差异号"), "20261122-2571-L7-amount", required=True)
KIND = Variable("kind", _l("差异"), _l("金额不同"))
AMOUNT = Variable("amount", _l("差额"), "¥0.50")
WHAT = Variable("what", _l("更正"), _l("拆开"), required=True)
MONTH = Variable("month", _l("月份"), "2026-11", required=True)


def _about(found: ReconBreak, **whom: Any) -> Told:
    values = {"number": found.number, "kind": str(BREAKS[found.kind]), "amount": yuan(found.effect)}
    return Told("ReconDesk.index", {"break": found.id}, values, **whom)


def _to_finance(found: ReconBreak, happening: Happening) -> Told:
    return _about(found, roles=frozenset({"Finance"}))


def _to_owner(found: ReconBreak, happening: Happening) -> Told | None:
    key = found.owner.partition(":")[2]
    return _about(found, user_id=int(key)) if key.isdecimal() and int(key) != happening.actor.id else None


def _correction(found: ReconCorrection, happening: Happening) -> Told:
    return Told("CorrectionView.show", {"pk": found.id}, {"what": found.label, "amount": yuan(found.amount)}, roles=frozenset({"Finance"}))


def _month(record: ReconMonth, happening: Happening) -> Told:
    return Told("ReconMonthView.show", {"pk": record.id}, {"month": record.label}, roles=frozenset({"Finance"}))


NOTICES = (
    NoticeKind(
        "reconciliation.proposed", _l("差异等复核"), OTHERS, ("recon_break.propose",), _to_finance, _l("差异等你复核：{kind} {amount}"),
        _l("{number}（{kind}，{amount}）有人提出了处理，要另一个人复核。"), (NUMBER, KIND, AMOUNT),
    ),
    NoticeKind(
        "reconciliation.assigned", _l("差异交给你"), _l("接手的财务人员"), ("recon_break.assigned",), _to_owner, _l("差异交给你查：{kind} {amount}"),
        _l("{number}（{kind}，{amount}）交给你查。"), (NUMBER, KIND, AMOUNT),
    ),
    NoticeKind(
        "reconciliation.returned", _l("差异退回再查"), _l("在查的财务人员"), ("recon_break.send_back",), _to_owner, _l("差异退回再查：{kind} {amount}"),
        _l("{number}（{kind}，{amount}）的处理没有通过，请再查。"), (NUMBER, KIND, AMOUNT),
    ),
    NoticeKind(
        "reconciliation.correction", _l("对账更正等复核"), OTHERS, ("recon_correction.proposed",), _correction, _l("对账更正等你复核：{what} {amount}"),
        _l("{what}（{amount}）有人提出更正，要另一个人复核。"), (WHAT, AMOUNT),
    ),
    NoticeKind(
        "reconciliation.month", _l("对账月等复核"), OTHERS, ("recon_month.propose",), _month, _l("{month} 等你复核关账"),
        _l("{month} 每天都签了字，要另一个人复核关账。"), (MONTH,),
    ),
)

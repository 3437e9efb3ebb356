"""Fee lines, rules, and who approved them in the ledger's chain; and the way back from a rule or a fee line to entries."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.money import yuan
from app.core.periods import local
from app.extensions import db
from app.framework.console.view import page_link
from app.kernel.commission.models import FeeLine, FeeRuleVersion
from app.kernel.commission.presenting import arithmetic_words, validity_words, whole_rate_words
from app.kernel.commission.queries import lines_of_order
from app.kernel.commission.views import FeeLineView, FeeVersionView
from app.kernel.ledger.chain import Step
from app.kernel.ledger.models import LedgerEntry
from app.kernel.parties.queries import person_named

NEWEST = 50


def explain_fee(entry: LedgerEntry) -> Iterator[Step]:
    """For an entry of revenue: the order's fee lines of that kind, each rule once, and who proposed and approved it."""
    if entry.account.book != "revenue" or entry.transaction.order_id is None:
        return
    lines = lines_of_order(entry.transaction.order_id, entry.account.label)
    told: set[int] = set()
    for line in lines:
        version = line.rule_version
        note = arithmetic_words(line, version, lines)
        if line.returned:
            note = _("%(note)s；退款退回 %(returned)s", note=note, returned=yuan(line.returned))
        address = page_link(FeeLineView, line.id)
        yield Step(30, _l("费用行"), _(version.rule.priced.title), note, address, amount=line.amount)
        if version.id not in told:
            told.add(version.id)
            yield from _rule(version)


def _rule(version: FeeRuleVersion) -> Iterator[Step]:
    rate = whole_rate_words(version, version.rule.priced.period)
    address = page_link(FeeVersionView, version.id)
    flow = FeeRuleVersion.__flow__  # type: ignore[attr-defined]
    state = flow.state(version.status)
    yield Step(40, _l("规则"), version.label, f"{rate}，{validity_words(version)}", address, chip=(state.tone, state.label))
    approved = f"{local(version.approved_at):%Y-%m-%d %H:%M}" if version.approved_at else "—"
    note = _("%(time)s；%(maker)s 提出：%(reason)s", time=approved, maker=person_named(version.made_by), reason=version.reason)
    yield Step(50, _l("批准"), person_named(version.approved_by) or "—", note)


def orders_of_rule(number: str) -> list[int]:
    """Orders that a rule's version (`rule:12`) or a fee line (`fee:7`) was charged on, the newest: for the ledger's search."""
    word, _colon, key = number.partition(":")
    columns = {"rule": FeeLine.rule_version_id, "fee": FeeLine.id}
    if word not in columns or not (key.isdecimal() and key.isascii() and len(key) < 19):
        return []
    newest = select(FeeLine.order_id).where(columns[word] == int(key)).order_by(FeeLine.id.desc()).limit(NEWEST)
    return list(dict.fromkeys(db.session.scalars(newest)))

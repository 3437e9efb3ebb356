"""Statements and withdrawals in the ledger's chain: what was paid with an entry, and on which statement it came to its merchant."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from app.core.money import yuan
from app.extensions import db
from app.framework.console.columns import Lead
from app.framework.console.view import page_link
from app.kernel.ledger.chain import LATER, Step
from app.kernel.ledger.models import LedgerEntry, LedgerTransaction
from app.kernel.orders.models import Order
from app.kernel.settlement.models import Statement, StatementLine, Withdrawal
from app.kernel.settlement.views.statements import StatementView
from app.kernel.settlement.views.withdrawals import WithdrawalView


def explain_settlement(entry: LedgerEntry) -> Iterator[Step]:
    """The statement or withdrawal that a payment paid; and the statement that lists the transaction, or what was released of its order."""
    fact = entry.transaction
    if fact.kind.startswith("payout_"):
        number = fact.key.partition("R")[0]
        statement = db.session.scalars(select(Statement).where(Statement.number == number)).one_or_none()
        if statement is not None:
            yield _statement(statement, 10, _("应付 %(amount)s", amount=yuan(statement.payable)))
    if fact.kind.startswith("withdrawal_"):
        withdrawal = db.session.scalars(select(Withdrawal).where(Withdrawal.number == fact.key)).one_or_none()
        if withdrawal is not None:
            state = Withdrawal.__flow__.state(withdrawal.status)  # type: ignore[attr-defined]
            address = page_link(WithdrawalView, withdrawal.id)
            yield Step(10, _l("提现"), withdrawal.number, _("共 %(amount)s", amount=yuan(withdrawal.amount)), address, chip=(state.tone, state.label))
    for statement, net in _listed(fact):
        yield _statement(statement, LATER, _("净额 %(amount)s", amount=yuan(net)))


def _listed(fact: LedgerTransaction) -> list[tuple[Statement, int]]:
    """The statements on which the transaction stands, or the release of its completed order."""
    mine = StatementLine.transaction_id == fact.id
    if fact.kind == "order_completed" and fact.order_id:
        released = select(LedgerTransaction.id).where(LedgerTransaction.order_id == fact.order_id, LedgerTransaction.kind == "hold_over")
        mine = or_(mine, StatementLine.transaction_id.in_(released))
    rows = select(Statement, StatementLine.net).join(StatementLine, StatementLine.statement_id == Statement.id).where(mine)
    return [(statement, net) for statement, net in db.session.execute(rows.order_by(Statement.id))]


def _statement(statement: Statement, rank: int, note: str) -> Step:
    state = Statement.__flow__.state(statement.status)  # type: ignore[attr-defined]
    address = page_link(StatementView, statement.id)
    return Step(rank, _l("账单"), statement.number, f"{statement.day} · {note} · {state.label}", address, chip=(state.tone, state.label))


def statements_of_order(order: Order) -> Iterator[Lead]:
    """The statements on which the order, or a refund of it, stands, for who may open them."""
    lines = select(StatementLine.statement_id).where(StatementLine.order_id == order.id)
    for statement in db.session.scalars(select(Statement).where(Statement.id.in_(lines)).order_by(Statement.id)):
        if address := page_link(StatementView, statement.id):
            yield Lead(_l("所在账单"), statement.number, address)

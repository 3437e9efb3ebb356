"""Home cards of money: what waits for finance, how today goes, what a merchant has."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor
from app.core.money import yuan
from app.extensions import db
from app.framework.console.home import HomeCard, MoneyLine, TodoItem
from app.kernel.ledger.proofs import open_findings, proofs_hold_or_unknown
from app.kernel.parties.roles import RUNNERS
from app.kernel.settlement.earnings import purse_of, spans_of
from app.kernel.settlement.models import Statement
from app.kernel.settlement.payees import payee_of
from app.kernel.settlement.queries import open_disputes, waiting_invoices, waiting_withdrawals, wallet_of

WAITING = (("draft", _l("账单等冻结"), _l("去冻结")), ("frozen", _l("账单等审批"), _l("去审批")), ("approved", _l("账单等付款"), _l("去付款")))


class SettlementTodo(HomeCard):
    """Statements that wait for finance, and proofs that fail."""

    name = "settlement.todo"
    roles = frozenset({"Finance", "Admin"})
    kind = "todo"
    title = _l("结算")
    order = 10
    span = 5
    link_label = _l("结算台")
    endpoint = "SettlementDesk.index"

    def load(self, actor: Actor, now: datetime) -> list[TodoItem]:
        """A line for each state in which statements wait."""
        rows = select(Statement.status, func.count(), func.sum(Statement.payable)).group_by(Statement.status)
        found = {status: (count, int(payable or 0)) for status, count, payable in db.session.execute(rows)}
        items = [
            TodoItem(found[status][0], words, _l("应付 %(amount)s", amount=yuan(found[status][1])), url_for("StatementView.list", view=status), action)
            for status, words, action in WAITING if status in found
        ]
        problems = sum(found.get(status, (0, 0))[0] for status in ("failed", "returned"))
        if problems:
            items.append(TodoItem(problems, _l("付款失败或退汇"), _l("重新付款或结转下期"), url_for("StatementView.list", view="problem"), _l("去处理"), "bad"))
        items += [
            TodoItem(count, words, hint, url_for(endpoint), _l("去处理")) for found, words, hint, endpoint in (
                (waiting_withdrawals, _l("提现等审核"), _l("通过后进下一个批次"), "WithdrawalView.list"),
                (open_disputes, _l("账单异议等答复"), _l("答复完账单才付"), "DisputeView.list"),
                (waiting_invoices, _l("开票申请"), _l("登记号码和日期"), "InvoiceView.list"),
            ) if (count := found(actor))
        ]
        if not proofs_hold_or_unknown():
            items.append(TodoItem(open_findings(), _l("账实核对不符"), _l("付款已暂停"), url_for("ProofsPage.index"), _l("去查"), "bad"))
        return items


class MyMoney(HomeCard):
    """What the merchant has, bucket by bucket."""

    name = "settlement.my_money"
    roles = RUNNERS
    kind = "money"
    title = _l("我的钱")
    span = 5
    order = 32
    link_label = _l("账单")
    endpoint = "StatementView.list"

    def load(self, actor: Actor, now: datetime) -> list[MoneyLine] | None:
        """The balances of the merchant that the reader acts for."""
        if actor.merchant_id is None:
            return None
        wallet = wallet_of(actor.merchant_id)
        lines = [MoneyLine(_l("待结算"), wallet.pending), MoneyLine(_l("可提现"), wallet.available, strong=True), MoneyLine(_l("留存金"), wallet.reserve)]
        return lines + ([MoneyLine(_l("平台垫付应收"), wallet.receivable)] if wallet.receivable else [])


class MyEarnings(HomeCard):
    """What a person who earns by work has."""

    name = "settlement.my_earnings"
    roles = frozenset({"Courier"})
    kind = "money"
    title = _l("我挣的")
    span = 5
    order = 12
    link_label = _l("明细和提现")
    endpoint = "EarningsPage.index"

    def load(self, actor: Actor, now: datetime) -> list[MoneyLine]:
        """Today, held, to withdraw, for the person itself."""
        own = payee_of(actor)
        purse, spans = purse_of(own), spans_of(own, actor.merchant_id, now)
        return [MoneyLine(_l("今天"), spans.earned_today), MoneyLine(_l("待结算"), purse.pending), MoneyLine(_l("可提现"), purse.available, strong=True)]

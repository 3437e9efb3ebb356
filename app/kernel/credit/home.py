"""What of the monthly accounts waits for finance, and who is late."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor
from app.core.money import yuan
from app.core.periods import business_day
from app.extensions import db
from app.framework.console.home import HomeCard, TodoItem
from app.kernel.credit.models import CreditAccount, CreditReceipt, CreditStatement, LimitChange
from app.kernel.credit.queries import overdue_statements

WAITING = (
    (CreditAccount, _l("个月结账户等批准"), "CreditAccountView.list", _l("去批准")),
    (LimitChange, _l("笔额度调整等批准"), "CreditLimitView.list", _l("去批准")),
    (CreditReceipt, _l("笔回款或核销等批准"), "CreditReceiptView.list", _l("去批准")),
    (CreditStatement, _l("张月结账单等发送"), "CreditStatementView.list", _l("去发送")),
)


class OverdueCard(HomeCard):
    """Late statements first, then what waits for a person; hidden when there is none."""

    name = "credit.overdue"
    roles = frozenset({"Finance", "Operator", "Admin"})
    kind = "todo"
    title = _l("月结账户")
    order = 13
    span = 6
    link_label = _l("月结账单")
    endpoint = "CreditStatementView.list"

    def load(self, actor: Actor, now: datetime) -> list[TodoItem] | None:
        """A line for what is late, and one for each thing that waits."""
        today, items = business_day(now), []
        late = overdue_statements(today)
        if late:
            note = _l("共欠 %(amount)s，最长 %(days)s 天", amount=yuan(sum(each.remaining for each in late)), days=late[0].days_overdue(today))
            items.append(TodoItem(len(late), _l("张账单逾期"), note, url_for("CreditStatementView.list", view="late"), _l("去催"), "bad"))
        for model, words, endpoint, action in WAITING:
            count = db.session.scalar(select(func.count()).select_from(model).where(model.status == "draft")) or 0
            if count:
                items.append(TodoItem(count, words, "", url_for(endpoint, view="draft"), action))
        return items or None

"""What waits for finance about sharings, on its home."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.money import yuan
from app.framework.console.home import HomeCard, TodoItem
from app.kernel.sharing.queries import ending_freezes, failed_returns, proposed_sharings, stuck_sharings, waiting_accounts


class SharingCard(HomeCard):
    """Stuck, about to be released by themselves, failed returns, numbers to approve; hidden when there is none."""

    name = "sharing.todo"
    roles = frozenset({"Finance", "Admin"})
    kind = "todo"
    title = _l("分账")
    order = 13
    span = 6
    link_label = _l("冻结日历")
    endpoint = "FreezePage.index"

    def load(self, actor: Actor, now: datetime) -> list[TodoItem] | None:
        """A line for each of them."""
        items = []
        if stuck := stuck_sharings(actor):
            items.append(TodoItem(stuck, _l("笔分账卡住了"), "", url_for("SharingView.list", view="stuck"), _l("去处理"), "bad"))
        if proposed := proposed_sharings(actor):
            items.append(TodoItem(proposed, _l("笔分账等复核不分"), "", url_for("SharingView.list", view="proposed"), _l("去复核")))
        if failed := failed_returns(actor):
            items.append(TodoItem(failed, _l("笔分账没退回来"), _l("退款在等它"), url_for("ShareReturnView.list", view="failed"), _l("去处理"), "bad"))
        if ending := ending_freezes(now):
            note = _l("没分的 %(amount)s", amount=yuan(sum(each.open_amount for each in ending)))
            items.append(TodoItem(len(ending), _l("笔冻结快到期"), note, url_for("FreezePage.index"), _l("看日历"), "bad"))
        if waiting := waiting_accounts(actor):
            items.append(TodoItem(waiting, _l("份资金模式变更等批准"), "", url_for("ShareAccountView.list", view="draft"), _l("去批准")))
        return items or None

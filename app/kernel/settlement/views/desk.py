"""The settlement desk: a cycle's statements, how far they are, checks before money leaves, batches of payments, spreadsheets."""

from __future__ import annotations

from flask import Response, request
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core import clock
from app.core.money import yuan
from app.core.periods import business_day
from app.extensions import db
from app.framework.console.page import Page, expose, page_access
from app.framework.database import get
from app.framework.queue import enqueue
from app.kernel.exports.centre import to_centre
from app.kernel.ledger.proofs import latest_run, proofs_hold
from app.kernel.settlement.earnings import to_pay_people
from app.kernel.settlement.models import Cycle, Payout, PayoutBatch, Statement
from app.kernel.settlement.operations.batches import payments_due
from app.kernel.settlement.operations.exports import AT_ONCE, ask_workbook, extent_of_cycle
from app.kernel.settlement.overview import (
    PAGE,
    STEPS,
    batches_underway,
    desk_rows,
    differing,
    payouts_to_look_at,
    problems_of,
    step_of,
)
from app.kernel.settlement.presenting import person
from app.kernel.settlement.queries import exports_of, latest_cycles, states_of, totals_of
from app.kernel.settlement.views.statements import workbook


class SettlementDesk(Page):
    """`/settlement`: finance works off a cycle here, from drafts to batches of payments and what failed of them."""

    name = "settlement.desk"
    route_base = "/settlement"
    title = _l("结算台")
    icon = "wallet"
    words = {"index": _l("查看结算台"), "close": _l("出账"), "export": _l("导出")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The chosen cycle, the newest unless said: sums, statements (`?show=problems`, `?after=`), states, checks, batches."""
        cycles = latest_cycles()
        wanted = request.args.get("cycle", "")
        chosen = get(Cycle, int(wanted)) if wanted.isdecimal() and wanted.isascii() and len(wanted) < 19 else (cycles[0] if cycles else None)
        if chosen is None:
            return self.render("settlement/desk.html", cycles=[], chosen=None)
        frozen_by = db.session.scalars(select(Statement.frozen_by).where(Statement.cycle_id == chosen.id, Statement.frozen_by.is_not(None)).distinct())
        wrong, problems, after = differing(chosen.id), request.args.get("show") == "problems", request.args.get("after", "")
        rows = desk_rows(chosen.id, wrong, problems=problems, after=int(after) if after.isdecimal() and after.isascii() and len(after) < 19 else 0)
        states, due = states_of(chosen.id), payments_due()
        return self.render(
            "settlement/desk.html", cycles=cycles, chosen=chosen, totals=totals_of(Statement.cycle_id == chosen.id), states=states,
            flow=Statement.__flow__, batch_flow=PayoutBatch.__flow__, payout_flow=Payout.__flow__,  # type: ignore[attr-defined]
            rows=rows[:PAGE], more=rows[PAGE - 1].id if len(rows) > PAGE else None, problems=problems, problem_count=problems_of(chosen.id, wrong),
            steps=[label for _names, label in STEPS], step=step_of(states), differing=wrong, run=latest_run(), holds=proofs_hold(),
            frozen_by=sorted(str(person(each)) for each in frozen_by), due=len(due), due_total=yuan(sum(each.amount for each in due)),
            people=to_pay_people(), batches=batches_underway(), looked_at=payouts_to_look_at(), exports=exports_of(chosen.id, self.actor.id), now=clock.now(),
        )

    @expose("/close", methods=["POST"])
    @page_access("can_close")
    def close(self) -> Response:
        """Have every trade's statements drawn up to this moment, in the queue; the night's run does the same for yesterday."""
        day = business_day(clock.now())
        enqueue("close_cycles", key="close_cycles", day=day.isoformat())
        return self.done(_l("正在出账，稍后刷新"), "SettlementDesk.index")

    @expose("/cycles/<int:pk>/export", methods=["POST"])
    @page_access("can_export")
    def export(self, pk: int) -> Response:
        """The cycle as XLSX: at once when it is short, else from the queue."""
        cycle = get(Cycle, pk)
        if totals_of(Statement.cycle_id == pk).lines <= AT_ONCE:
            return workbook(extent_of_cycle(pk))
        ask_workbook(cycle, actor=self.actor, now=clock.now())
        return to_centre()

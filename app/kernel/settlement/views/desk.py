"""The settlement desk: cycles, how far each is, the checks before money leaves, spreadsheets with their progress."""

from __future__ import annotations

from flask import Response, request
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core import clock
from app.core.periods import business_day
from app.extensions import db
from app.framework.console.page import Page, expose, page_access
from app.framework.database import get
from app.framework.queue import enqueue
from app.kernel.exports.centre import to_centre
from app.kernel.ledger.proofs import latest_run, proofs_hold
from app.kernel.settlement.models import Cycle, Statement
from app.kernel.settlement.operations.exports import AT_ONCE, ask_workbook, extent_of_cycle
from app.kernel.settlement.queries import cycles_differing, exports_of, latest_cycles, states_of, totals_of
from app.kernel.settlement.views.statements import workbook


class SettlementDesk(Page):
    """`/settlement`: finance works off a cycle here; approval and payment are moves of the statements."""

    name = "settlement.desk"
    route_base = "/settlement"
    title = _l("结算台")
    icon = "wallet"
    words = {"index": _l("查看结算台"), "close": _l("出账"), "export": _l("导出")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The cycles on the left; the chosen one, the newest unless said, with its sums, states, and checks."""
        cycles = latest_cycles()
        wanted = request.args.get("cycle", "")
        chosen = get(Cycle, int(wanted)) if wanted.isdecimal() and wanted.isascii() and len(wanted) < 19 else (cycles[0] if cycles else None)
        if chosen is None:
            return self.render("settlement/desk.html", cycles=[], chosen=None)
        statements = select(Statement).where(Statement.cycle_id == chosen.id)
        frozen_by = sorted(filter(None, db.session.scalars(statements.with_only_columns(Statement.frozen_by).distinct())))
        return self.render(
            "settlement/desk.html", cycles=cycles, chosen=chosen, totals=totals_of(Statement.cycle_id == chosen.id), states=states_of(chosen.id),
            flow=Statement.__flow__, differing=cycles_differing(chosen.id), run=latest_run(), holds=proofs_hold(), frozen_by=frozen_by,  # type: ignore[attr-defined]
            exports=exports_of(chosen.id, self.actor.id), now=clock.now(),
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

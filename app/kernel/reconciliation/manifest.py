"""What reconciliation brings: the morning's comparison, days, breaks, and months with their flows, the desk, four proofs, a card."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column, Related
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.framework.settings import Setting
from app.kernel.reconciliation.home import ReconciliationTodo
from app.kernel.reconciliation.jobs import compare_days
from app.kernel.reconciliation.models import BREAK_FLOW, CORRECTION_FLOW, DAY_FLOW, MONTH_FLOW, ReconDay
from app.kernel.reconciliation.notices import NOTICES
from app.kernel.reconciliation.operations.comparing import compare_brought
from app.kernel.reconciliation.operations.months import refuse_closed_month
from app.kernel.reconciliation.proofs import RECONCILIATION_PROOFS
from app.kernel.reconciliation.queries import corrections_waiting, unsettled_breaks
from app.kernel.reconciliation.views.corrections import CorrectionView
from app.kernel.reconciliation.views.days import GROUP, BreakView, ReconDayView
from app.kernel.reconciliation.views.desk import ReconDesk
from app.kernel.reconciliation.views.months import ReconMonthView, month_of_day

manifest = Manifest(
    name="reconciliation",
    title=_l("对账"),
    order=60,
    flows=(DAY_FLOW, BREAK_FLOW, MONTH_FLOW, CORRECTION_FLOW),
    views=(ReconDesk, ReconDayView, BreakView, CorrectionView, ReconMonthView),
    settings=(
        Setting(
            "reconciliation.fee_ppm", _l("渠道费率"), "percent", 6_000, _l("和渠道签的费率。账单里的手续费和它差一分以上就是差异。"), least=0, most=100_000,
        ),
    ),
    grants=(
        Grant("Finance", ReconDayView.name, ("list", "show", "add", "compare", "export")),
        Grant("Finance", BreakView.name, ("list", "show", "export", "on_desk")),
        Grant("Finance", ReconDesk.name, ("index", "work")),
        Grant("Finance", ReconMonthView.name, ("list", "show")),
        Grant("Finance", CorrectionView.name, ("list", "show", "add", "export")),
        Grant("Operator", ReconDesk.name, ("index",)),
        *(Grant("Operator", view.name, ("list", "show")) for view in (ReconDayView, BreakView, CorrectionView, ReconMonthView)),
    ),
    related={ReconDayView.name: (Related(CorrectionView, "day_id", _l("更正")),)},
    menu=(
        MenuItem(ReconDesk.name, "ReconDesk.index", _l("对账台"), "check", GROUP, 614, badge=unsettled_breaks),
        MenuItem(ReconDayView.name, "ReconDayView.list", _l("渠道对账"), "calendar", GROUP, 615),
        MenuItem(BreakView.name, "BreakView.list", _l("对账差异"), "alert", GROUP, 616),
        MenuItem(CorrectionView.name, "CorrectionView.list", _l("对账更正"), "refresh", GROUP, 616, badge=corrections_waiting),
        MenuItem(ReconMonthView.name, "ReconMonthView.list", _l("对账关账"), "lock", GROUP, 617),
    ),
    handlers={"bill_arrives": (refuse_closed_month,), "bill_brought": (compare_brought,)},
    home=(ReconciliationTodo,),
    leads={ReconDay: (month_of_day,)},
    jobs=(Job("compare_days", _l("比对渠道账单"), compare_days, schedule="40 10 * * *", lock="compare_days"),),
    fields={"recon_break.effect": Column("effect", _l("差额"), kind="money")},
    words={"recon_break.found": _l("发现差异"), "recon_break.assigned": _l("交给别人查"), "recon_correction.proposed": _l("提出更正")},
    notices=NOTICES,
    checks=RECONCILIATION_PROOFS,
)

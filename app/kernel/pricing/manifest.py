"""What pricing brings: the rule desk, adjustments by volume with their job and proof, a merchant's own price list."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.kernel.pricing.jobs import adjust_fees_by_volume
from app.kernel.pricing.notices import NOTICES
from app.kernel.pricing.proofs import AdjustmentsAreInTheLedger, AdjustmentsAreOnTheirLines
from app.kernel.pricing.queries import waiting_for_approval
from app.kernel.pricing.views import AdjustmentView, DraftingPage, OrderingView, OwnPricesPage, RuleDeskView, TrialPage

manifest = Manifest(
    name="pricing",
    title=_l("费率台"),
    order=66,
    views=(RuleDeskView, DraftingPage, OrderingView, AdjustmentView, OwnPricesPage, TrialPage),
    grants=(
        *(Grant("Finance", name, ("*",)) for name in ("pricing.desk", "pricing.drafting", "pricing.orderings", "pricing.adjustments")),
        Grant("Operator", "pricing.desk", ("list", "show")),
        Grant("Finance", "pricing.trial", ("index",)),
        Grant("Owner", "pricing.mine", ("index",)),
        Grant("Owner", "pricing.adjustments", ("*",)),
    ),
    menu=(
        MenuItem("pricing.desk", "RuleDeskView.list", _l("费率台"), "list", _l("财务"), 225, badge=waiting_for_approval),
        MenuItem("pricing.trial", "TrialPage.index", _l("费用试算"), "scale", _l("财务"), 226),
        MenuItem("pricing.adjustments", "AdjustmentView.list", _l("月末费率调整"), "scale", _l("财务"), 237),
        MenuItem("pricing.mine", "OwnPricesPage.index", _l("我的费率"), "scale", _l("财务"), 238),
    ),
    notices=NOTICES,
    jobs=(Job("adjust_fees_by_volume", _l("按月流水调整费用"), adjust_fees_by_volume, schedule="20 3 1 * *"),),
    checks=(AdjustmentsAreInTheLedger, AdjustmentsAreOnTheirLines),
)

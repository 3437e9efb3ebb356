"""What pricing brings: the rule desk, adjustments by volume with their job and proof."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Manifest
from app.framework.queue import Job
from app.kernel.pricing.jobs import adjust_fees_by_volume
from app.kernel.pricing.proofs import AdjustmentsAreInTheLedger

manifest = Manifest(
    name="pricing",
    title=_l("费率台"),
    order=66,
    jobs=(Job("adjust_fees_by_volume", _l("按月流水调整费用"), adjust_fees_by_volume, schedule="20 3 1 * *"),),
    checks=(AdjustmentsAreInTheLedger,),
)

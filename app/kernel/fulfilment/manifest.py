"""What carrying orders brings: jobs, the couriers' page, the merchant's own couriers as the first carrier."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.settings import Setting
from app.kernel.fulfilment import carriers
from app.kernel.fulfilment.home import DeliveriesCard
from app.kernel.fulfilment.models import JOB_FLOW
from app.kernel.fulfilment.notices import NOTICES
from app.kernel.fulfilment.operations.assigning import end_job, finish_job, serves_merchant, tell_couriers, tell_moved
from app.kernel.fulfilment.proofs import CouriersHaveWhatTheyEarned, JobsFollowOrders
from app.kernel.fulfilment.queries import waiting_count
from app.kernel.fulfilment.views import DeliveryPage

carriers.register(carriers.Carrier("own", _l("店里的配送员"), 10, serves_merchant, tell_couriers))

manifest = Manifest(
    name="fulfilment",
    title=_l("配送"),
    order=73,
    settings=(
        Setting("fulfilment.most_jobs", _l("配送员手上最多几单"), "count", 5, _l("一位配送员同时最多拿几单；送完才能再接。"), least=1, most=50),
    ),
    flows=(JOB_FLOW,),
    notices=NOTICES,
    words={"fulfil_job.asked": _l("找人送")},
    handlers={"order_completing": (finish_job,), "order_closed": (end_job,), "happened": (tell_moved,)},
    checks=(CouriersHaveWhatTheyEarned, JobsFollowOrders),
    views=(DeliveryPage,),
    home=(DeliveriesCard,),
    grants=(
        Grant("Courier", DeliveryPage.name, ("index", "take", "give_back", "pick_up", "deliver")),
        *(Grant(role, DeliveryPage.name, ("index", "send")) for role in ("Owner", "Manager", "Cashier")),
    ),
    menu=(MenuItem(DeliveryPage.name, "DeliveryPage.index", _l("配送"), "truck", _l("点餐"), 122, badge=waiting_count),),
)

"""What bookings bring: exclusive times, the job that lets holds go, proof 11."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Manifest
from app.framework.queue import Job
from app.kernel.bookings.jobs import release_lapsed_holds
from app.kernel.bookings.proofs import NobodySharesATime

manifest = Manifest(
    name="bookings",
    title=_l("预订"),
    order=72,
    checks=(NobodySharesATime,),
    words={"booking_resource.blocked": _l("停用一段时间"), "booking_resource.unblocked": _l("恢复可订")},
    jobs=(Job("release_lapsed_holds", _l("释放过期的占用"), release_lapsed_holds, schedule="* * * * *"),),
)

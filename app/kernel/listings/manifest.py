"""What listings bring: the index that customers search, reports and their desk."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Grant, Manifest, MenuItem
from app.kernel.listings.api import api
from app.kernel.listings.flows import REPORT_FLOW
from app.kernel.listings.notices import NOTICES
from app.kernel.listings.queries import open_reports
from app.kernel.listings.views import ListingReportView

manifest = Manifest(
    name="listings",
    title=_l("在售内容"),
    order=33,
    flows=(REPORT_FLOW,),
    blueprints=(api,),
    notices=NOTICES,
    words={
        "listing_report.opened": _l("顾客举报"), "listing.change_proposed": _l("提交改动，等审核"), "listing.change_approved": _l("改动通过"),
        "listing.change_rejected": _l("改动驳回"), "listing.change_withdrawn": _l("撤回改动"),
    },
    views=(ListingReportView,),
    grants=tuple(Grant(role, ListingReportView.name, ("*",)) for role in ("Operator", "Reviewer")),
    menu=(MenuItem(ListingReportView.name, "ListingReportView.list", _l("举报"), "flag", _l("工作"), 132, badge=open_reports),),
)

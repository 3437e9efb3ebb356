"""What reviews bring: the customer's door, replies and moderation in the console, scores and their proof."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.settings import Setting
from app.kernel.reviews.api import api
from app.kernel.reviews.home import ReviewsCard
from app.kernel.reviews.models import REVIEW_FLOW
from app.kernel.reviews.notices import NOTICES
from app.kernel.reviews.proofs import ScoresAreTheirReviews
from app.kernel.reviews.queries import waiting_reviews
from app.kernel.reviews.views import ReviewView

READ = ("list", "show", "export")

manifest = Manifest(
    name="reviews",
    title=_l("评价"),
    order=72,
    settings=(Setting("reviews.within", _l("可以评价的期限"), "days", 30, _l("订单完成后多少天内可以评价。"), least=1, most=365),),
    flows=(REVIEW_FLOW,),
    blueprints=(api,),
    notices=NOTICES,
    words={"review.written": _l("写了评价")},
    home=(ReviewsCard,),
    checks=(ScoresAreTheirReviews,),
    views=(ReviewView,),
    grants=(
        *(Grant(role, ReviewView.name, (*READ, "reply")) for role in ("Owner", "Manager")),
        Grant("Cashier", ReviewView.name, ("list", "show")),
        *(Grant(role, ReviewView.name, (*READ, "publish", "hide", "restore")) for role in ("Operator", "Reviewer")),
    ),
    menu=(MenuItem(ReviewView.name, "ReviewView.list", _l("评价"), "star", _l("工作"), 133, badge=waiting_reviews),),
)

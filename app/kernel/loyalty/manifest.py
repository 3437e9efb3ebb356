"""What points bring: programmes, levels, members, points by hand, the customers' door, a job, a proof."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.kernel.loyalty.api import api
from app.kernel.loyalty.home import AdjustingCard
from app.kernel.loyalty.jobs import expire_points
from app.kernel.loyalty.models import ADJUSTMENT_FLOW
from app.kernel.loyalty.notices import NOTICES
from app.kernel.loyalty.operations.earning import earn, take_back
from app.kernel.loyalty.proofs import PointsAreTheirLots
from app.kernel.loyalty.queries import waiting_adjustments
from app.kernel.loyalty.tender import TENDER
from app.kernel.loyalty.views.members import LoyaltyMemberView, PointsAdjustmentView
from app.kernel.loyalty.views.programmes import LevelView, ProgrammeView
from app.kernel.payments import tenders

READ = ("list", "show", "export")
GROUP = _l("会员")
VIEWS = (LoyaltyMemberView, PointsAdjustmentView, ProgrammeView, LevelView)

tenders.register(TENDER)

manifest = Manifest(
    name="loyalty",
    title=_l("积分"),
    order=74,
    flows=(ADJUSTMENT_FLOW,),
    blueprints=(api,),
    notices=NOTICES,
    home=(AdjustingCard,),
    checks=(PointsAreTheirLots,),
    handlers={"order_completed": (earn,), "refund_succeeded": (take_back,)},
    jobs=(Job("expire_points", _l("积分到期"), expire_points, schedule="40 0 * * *", lock="expire_points"),),
    words={
        "loyalty_programme.opened": _l("设积分规则"), "loyalty_programme.changed": _l("改积分规则"), "loyalty_level.added": _l("加等级"),
        "loyalty_level.changed": _l("改等级"), "loyalty_adjustment.proposed": _l("提出积分调整"),
    },
    views=VIEWS,
    grants=(
        *(Grant(role, view.name, READ) for role in ("Owner", "Manager", "Operator", "Finance") for view in VIEWS),
        Grant("Cashier", LoyaltyMemberView.name, ("list", "show")),
        *(Grant(role, PointsAdjustmentView.name, ("add",)) for role in ("Owner", "Manager", "Operator", "Finance")),
        *(Grant(role, PointsAdjustmentView.name, ("approve", "refuse")) for role in ("Owner", "Finance")),
        *(Grant(role, ProgrammeView.name, ("add", "edit")) for role in ("Owner", "Finance")),
        Grant("Owner", LevelView.name, ("add", "edit")),
    ),
    menu=(
        MenuItem(LoyaltyMemberView.name, "LoyaltyMemberView.list", _l("会员"), "people", GROUP, 340),
        MenuItem(PointsAdjustmentView.name, "PointsAdjustmentView.list", _l("积分调整"), "gift", GROUP, 341, badge=waiting_adjustments),
        MenuItem(ProgrammeView.name, "ProgrammeView.list", _l("积分规则"), "gift", GROUP, 342),
        MenuItem(LevelView.name, "LevelView.list", _l("会员等级"), "people", GROUP, 343),
    ),
)

"""What the tailor's trade brings."""

from app.verticals.tailor.api import api
from app.verticals.tailor.models import ALTERATION_FLOW, ORDER_FLOW
from app.verticals.tailor.operations import ALTERATION
from app.verticals.tailor.views import AlterationView, TailorInsights, TailorOrderView

from app.framework.manifest import DocumentDemand, FeeDefault, Grant, Manifest, MenuItem

manifest = Manifest(
    name="tailor",
    title="改衣",
    order=990,
    documents=(DocumentDemand("business_licence", "营业执照", encrypted=True),),
    fees=(FeeDefault("commission", "改衣佣金", "R1", ppm=60_000, bracket=(30_000, 100_000)),),
    flows=(ALTERATION_FLOW, ORDER_FLOW),
    listings=(ALTERATION,),
    order_view=TailorOrderView,
    blueprints=(api,),
    words={"tailor_alteration.added": "加改衣项目"},
    views=(AlterationView, TailorOrderView, TailorInsights),
    grants=(
        *(Grant(role, AlterationView.name, ("*",)) for role in ("Owner", "Manager")),
        *(Grant(role, TailorOrderView.name, ("list", "show", "export")) for role in ("Owner", "Manager", "Operator", "Finance")),
        *(Grant(role, TailorInsights.name, ("*",)) for role in ("Owner", "Manager")),
        *(Grant(role, AlterationView.name, ("list", "show")) for role in ("Operator", "Reviewer")),
    ),
    menu=(
        MenuItem(AlterationView.name, "AlterationView.list", "改衣项目", "list", "改衣", 910),
        MenuItem(TailorOrderView.name, "TailorOrderView.list", "改衣订单", "list", "改衣", 911),
        MenuItem(TailorInsights.name, "TailorInsights.index", "经营分析", "chart", "改衣", 912),
    ),
)

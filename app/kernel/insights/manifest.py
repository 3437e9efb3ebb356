"""What insights bring: the platform's pages over all trades; each trade has its own besides."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Grant, Manifest, MenuItem
from app.kernel.insights.platform_page import PlatformInsights

manifest = Manifest(
    name="insights",
    title=_l("经营分析"),
    order=95,
    views=(PlatformInsights,),
    grants=(*(Grant(role, "insights.platform", ("*",)) for role in ("Operator", "Finance")),),
    menu=(MenuItem("insights.platform", "PlatformInsights.index", _l("全平台分析"), "chart", _l("数据"), 464),),
)

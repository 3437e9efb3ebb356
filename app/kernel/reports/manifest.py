"""What reports bring: the page of them, and the way to it from every list."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.framework.console.reporting import report_with
from app.framework.manifest import Grant, Manifest, MenuItem
from app.kernel.parties.roles import ROLES
from app.kernel.reports.rules import SHAPES
from app.kernel.reports.views import ReportView, link_for

report_with(link_for)

WITHOUT_LISTS = frozenset({"Admin", "Kitchen", "Courier"})  # Admin holds everything anyway, a kitchen and a courier open no list

manifest = Manifest(
    name="reports",
    title=_l("报表"),
    order=23,
    views=(ReportView,),
    grants=tuple(Grant(role.name, "reports.reports", ("list", "show", "add", "edit")) for role in ROLES if role.name not in WITHOUT_LISTS),
    menu=(MenuItem("reports.reports", "ReportView.list", _l("报表"), "chart", _l("数据"), 468),),
    fields={
        "report.title": Column("title", _l("名称")),
        "report.query": Column("query", _l("条件")),
        "report.group_by": Column("group_by", _l("按什么分组")),
        "report.series": Column("series", _l("再按什么分")),
        "report.measure": Column("measure", _l("看什么数")),
        "report.shape": Column("shape", _l("图形"), choices=SHAPES),
        "report.shared": Column("shared", _l("谁能看到")),
        "report.role": Column("role", _l("角色")),
    },
    words={"report.saved": _l("做报表"), "report.changed": _l("改报表"), "report.deleted": _l("删报表"), "report.restored": _l("恢复报表")},
)

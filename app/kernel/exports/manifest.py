"""What exports bring: the centre, the job that writes, the hourly clearing, the taking up of what died."""

from flask_babel import lazy_gettext as _l

from app.framework.console.export import centre_with
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.framework.settings import Setting
from app.kernel.exports.centre import ExportCentre
from app.kernel.exports.jobs import expire_exports, resume_exports, run_export
from app.kernel.exports.models import EXPORT_FLOW, PEOPLE
from app.kernel.exports.notices import NOTICES
from app.kernel.exports.views import ExportView

centre_with(ExportCentre())

manifest = Manifest(
    name="exports",
    title=_l("导出"),
    order=14,
    settings=(
        Setting("exports.keep_days", _l("导出文件保留"), "days", 7, _l("导出的文件多少天后删除；对之后的导出生效。"), least=1, most=90),
        Setting("exports.at_a_time", _l("同时导出数"), "count", 5, _l("一个人最多有几个没做完的导出。"), least=1, most=50, unit=_l("个任务")),
    ),
    flows=(EXPORT_FLOW,),
    views=(ExportView,),
    # Whole phone numbers only for Admin, who holds every right: masked is the rule, and nobody's daily work needs more.
    grants=tuple(Grant(role, "exports.tasks", ("list", "show", "download", "again")) for role in sorted(PEOPLE)),
    menu=(MenuItem("exports.tasks", "ExportView.list", _l("导出中心"), "download", _l("数据"), 470),),
    notices=NOTICES,
    words={
        "export_task.asked": _l("要求导出"), "export_task.at_once": _l("直接导出"), "export_task.downloaded": _l("下载导出文件"),
    },
    jobs=(
        Job("run_export", _l("生成导出文件"), run_export),
        Job("expire_exports", _l("清理过期的导出文件"), expire_exports, schedule="25 * * * *"),
        Job("resume_exports", _l("接着做中断的导出"), resume_exports, schedule="* * * * *"),
    ),
)

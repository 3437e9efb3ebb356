"""What imports bring: the centre, its jobs, the flow of a file that was sent."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.framework.settings import Setting
from app.kernel.imports.jobs import expire_imports, look_over_import, resume_imports, run_import
from app.kernel.imports.models import IMPORT_FLOW, PEOPLE
from app.kernel.imports.notices import NOTICES
from app.kernel.imports.views import ImportView

manifest = Manifest(
    name="imports",
    title=_l("导入"),
    order=16,
    settings=(
        Setting("imports.keep_days", _l("导入文件保留"), "days", 7, _l("导入的文件和结果多少天后删除；对之后的导入生效。"), least=1, most=90),
    ),
    flows=(IMPORT_FLOW,),
    views=(ImportView,),
    grants=tuple(Grant(role, "imports.tasks", ("list", "show", "start", "begin", "result")) for role in sorted(PEOPLE)),
    menu=(MenuItem("imports.tasks", "ImportView.list", _l("导入中心"), "upload", _l("数据"), 472),),
    notices=NOTICES,
    words={"import_task.sent": _l("上传导入文件"), "import_task.brought_in": _l("导入表格")},
    jobs=(
        Job("look_over_import", _l("检查导入文件"), look_over_import),
        Job("run_import", _l("导入表格"), run_import),
        Job("expire_imports", _l("清理过期的导入文件"), expire_imports, schedule="35 * * * *"),
        Job("resume_imports", _l("接着做中断的导入"), resume_imports, schedule="* * * * *"),
    ),
)

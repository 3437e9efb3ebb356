"""What the workspace brings: the keeper of the console's pages, the bell, the page of messages, the drafts' clean-up."""

from flask_babel import lazy_gettext as _l

from app.framework.console.keeping import keep_with
from app.framework.manifest import Grant, Manifest
from app.framework.queue import Job
from app.framework.settings import Setting
from app.kernel.parties.roles import ROLES
from app.kernel.workspace.keeper import WorkspaceKeeper
from app.kernel.workspace.operations.keeping import forget_old_drafts
from app.kernel.workspace.operations.notes import forget_old_notices
from app.kernel.workspace.views.kept import WorkspacePage
from app.kernel.workspace.views.messages import MessagesPage

keep_with(WorkspaceKeeper(), "MessagesPage.index")

manifest = Manifest(
    name="workspace",
    title=_l("我的工作台"),
    order=22,
    settings=(
        Setting("workspace.draft_days", _l("草稿保留"), "days", 7, _l("没提交的表单草稿多少天后删除。"), least=1, most=90),
        Setting("workspace.message_days", _l("消息保留"), "days", 180, _l("消息多少天后删除，不管读没读。"), least=7, most=1000),
    ),
    views=(WorkspacePage, MessagesPage),
    grants=tuple(grant for role in ROLES for grant in (Grant(role.name, "workspace", ("use",)), Grant(role.name, "workspace.messages", ("index", "read")))),
    jobs=(
        Job("forget_old_drafts", _l("清理过期草稿"), forget_old_drafts, schedule="27 4 * * *"),
        Job("forget_old_notices", _l("清理过期消息"), forget_old_notices, schedule="31 4 * * *"),
    ),
)

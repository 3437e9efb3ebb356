"""What files bring: the doors of pictures and signed links."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Grant, Manifest
from app.kernel.files.views import FilesPage, MediaPage

manifest = Manifest(
    name="files",
    title=_l("文件"),
    order=12,
    views=(MediaPage, FilesPage),
    grants=tuple(Grant(role, "files", ("upload",)) for role in ("Owner", "Manager", "Operator")),
    words={"file.opened": _l("查看文件")},
)

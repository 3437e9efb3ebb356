"""What audit brings: the timeline's handler, the sealing job, the audit pages."""

from flask_babel import lazy_gettext as _l

from app.framework.console.timeline import timeline_with
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.kernel.audit.operations import record_move, seal_audit
from app.kernel.audit.timeline import timeline_items, value_of_field
from app.kernel.audit.views import AuditView

timeline_with(timeline_items, value_of_field)

manifest = Manifest(
    name="audit",
    title=_l("审计"),
    order=10,
    views=(AuditView,),
    grants=(Grant("Operator", "audit.entries", ("*",)), Grant("Finance", "audit.entries", ("*",))),
    menu=(MenuItem("audit.entries", "AuditView.list", _l("审计"), "shield", _l("平台"), 440),),
    handlers={"record_moved": (record_move,)},
    jobs=(Job("seal_audit", _l("封存审计记录"), seal_audit, schedule="*/10 * * * *"),),
)

"""What notices bring: the page of their words, the handler that writes them, the job that texts them."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.kernel.notices.jobs import text_notice
from app.kernel.notices.models import WORDINGS
from app.kernel.notices.operations import on_happened
from app.kernel.notices.views import NoticeTemplateView


def _stored(words: str) -> object:
    return words or _l("原来的话")


manifest = Manifest(
    name="notices",
    title=_l("通知"),
    order=26,
    handlers={"happened": (on_happened,)},
    views=(NoticeTemplateView,),
    grants=(Grant("Operator", "notices.templates", ("*",)),),
    menu=(MenuItem("notices.templates", "NoticeTemplateView.list", _l("通知模板"), "bell", _l("平台"), 456),),
    jobs=(Job("text_notice", _l("发短信通知"), text_notice),),
    fields={
        **{f"notice_template.{part}": Column(part, label, value=_stored) for part, label in WORDINGS.items()},
        "notice_template.active": Column("active", _l("发通知")), "notice_template.texted": Column("texted", _l("发短信")),
        "notice_template.subscribe_id": Column("subscribe_id", _l("微信订阅消息模板号")),
        "notice_template.subscribe_fields": Column("subscribe_fields", _l("模板里的内容")),
    },
    words={"notice_template.changed": _l("改通知模板")},
)

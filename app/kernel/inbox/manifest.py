"""What the inbox brings: the customer's door, the job that pushes, and the hours in which nobody is woken."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Manifest
from app.framework.queue import Job
from app.framework.settings import Setting
from app.kernel.inbox.api import api
from app.kernel.inbox.jobs import push_message

manifest = Manifest(
    name="inbox",
    title=_l("顾客消息"),
    order=25,
    settings=(
        Setting(
            "inbox.quiet_from", _l("几点后不推送"), "count", 22, _l("这个钟点之后给顾客的订阅消息等到早上再发；收件箱里马上就有。"), least=0, most=23,
            unit=_l("点"),
        ),
        Setting(
            "inbox.quiet_until", _l("几点起推送"), "count", 8, _l("早上从这个钟点起推送；和上一项相同就是不分昼夜。"), least=0, most=23, unit=_l("点"),
        ),
    ),
    blueprints=(api,),
    jobs=(Job("push_message", _l("推送订阅消息"), push_message),),
)

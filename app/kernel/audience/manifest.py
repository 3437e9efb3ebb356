"""What a merchant's own customers bring: their list, groups, and messages to a group; the customer's say; a proof."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.framework.settings import Setting
from app.kernel.audience.api import api
from app.kernel.audience.jobs import send_broadcast
from app.kernel.audience.models import BROADCAST_FLOW
from app.kernel.audience.operations import on_completed, on_happened
from app.kernel.audience.proofs import PatronsAreTheirOrders
from app.kernel.audience.views import BroadcastView, PatronView, SegmentView

READ = ("list", "show", "export")
GROUP = _l("会员")

manifest = Manifest(
    name="audience",
    title=_l("我的顾客"),
    order=76,
    settings=(
        Setting(
            "audience.weekly", _l("一周最多群发几条"), "count", 2, _l("一家商户七天里最多给同一位顾客群发几条，再多就跳过他。"), least=1, most=20,
            unit=_l("条"),
        ),
    ),
    flows=(BROADCAST_FLOW,),
    blueprints=(api,),
    jobs=(Job("send_broadcast", _l("发送群发消息"), send_broadcast),),
    handlers={"order_completed": (on_completed,), "happened": (on_happened,)},
    checks=(PatronsAreTheirOrders,),
    words={
        "audience_patron.described": _l("打标签、写备注"), "audience_patron.muted": _l("不再收群发"), "audience_patron.unmuted": _l("恢复收群发"),
        "audience_segment.added": _l("建了分组"), "audience_segment.changed": _l("改了分组"), "audience_broadcast.drafted": _l("写了群发"),
    },
    fields={
        "audience_patron.tags": Column("tags", _l("标签")), "audience_segment.least_spent": Column("least_spent", _l("至少花过"), kind="money"),
    },
    views=(PatronView, SegmentView, BroadcastView),
    grants=(
        *(Grant(role, PatronView.name, (*READ, "edit")) for role in ("Owner", "Manager")),
        *(Grant(role, SegmentView.name, (*READ, "add", "edit")) for role in ("Owner", "Manager")),
        *(Grant(role, BroadcastView.name, (*READ, "add", "send", "drop")) for role in ("Owner", "Manager")),
    ),
    menu=(
        MenuItem(PatronView.name, "PatronView.list", _l("我的顾客"), "people", GROUP, 330),
        MenuItem(SegmentView.name, "SegmentView.list", _l("顾客分组"), "filter", GROUP, 331),
        MenuItem(BroadcastView.name, "BroadcastView.list", _l("群发消息"), "horn", GROUP, 332),
    ),
)

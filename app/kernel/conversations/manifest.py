"""What conversations bring: the customer's door, the merchant's desk, the platform's look at them."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.settings import Setting
from app.kernel.conversations.api import api
from app.kernel.conversations.notices import NOTICES
from app.kernel.conversations.queries import waiting_conversations
from app.kernel.conversations.views import ConversationView

manifest = Manifest(
    name="conversations",
    title=_l("聊天"),
    order=73,
    settings=(
        Setting("conversations.a_minute", _l("顾客一分钟最多发几条"), "count", 12, _l("再快就请顾客等一分钟。"), least=1, most=120, unit=_l("条")),
    ),
    blueprints=(api,),
    notices=NOTICES,
    words={"chat.customer_wrote": _l("顾客写了"), "chat.merchant_wrote": _l("商户回复")},
    views=(ConversationView,),
    grants=(
        *(Grant(role, ConversationView.name, ("list", "show", "say")) for role in ("Owner", "Manager", "Cashier")),
        Grant("Operator", ConversationView.name, ("list", "show")),
    ),
    menu=(MenuItem(ConversationView.name, "ConversationView.list", _l("顾客聊天"), "people", _l("工作"), 134, badge=waiting_conversations),),
)

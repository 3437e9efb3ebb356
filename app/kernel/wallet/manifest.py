"""What stored value brings: offers and top-ups, the customer's door, a proof."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Grant, Manifest, MenuItem
from app.kernel.payments import tenders
from app.kernel.wallet.api import api
from app.kernel.wallet.models import OFFER_FLOW, TOP_UP_FLOW
from app.kernel.wallet.notices import NOTICES
from app.kernel.wallet.operations import take_top_up
from app.kernel.wallet.proofs import WalletsAreTopUpsLessSpending
from app.kernel.wallet.queries import waiting_offers
from app.kernel.wallet.tender import TENDER
from app.kernel.wallet.views import OfferView, TopUpView

READ = ("list", "show", "export")

tenders.register(TENDER)

manifest = Manifest(
    name="wallet",
    title=_l("储值"),
    order=72,
    flows=(OFFER_FLOW, TOP_UP_FLOW),
    blueprints=(api,),
    notices=NOTICES,
    handlers={"payment_succeeded": (take_top_up,)},
    checks=(WalletsAreTopUpsLessSpending,),
    words={"wallet_offer.proposed": _l("提出储值方案")},
    views=(OfferView, TopUpView),
    grants=(
        *(Grant(role, OfferView.name, (*READ, "add", "end")) for role in ("Owner", "Operator")),
        Grant("Finance", OfferView.name, (*READ, "approve", "refuse", "end")),
        *(Grant(role, TopUpView.name, READ) for role in ("Owner", "Manager", "Operator", "Finance")),
    ),
    menu=(
        MenuItem(OfferView.name, "OfferView.list", _l("储值方案"), "wallet", _l("财务"), 620, badge=waiting_offers),
        MenuItem(TopUpView.name, "TopUpView.list", _l("储值记录"), "wallet", _l("财务"), 621),
    ),
)

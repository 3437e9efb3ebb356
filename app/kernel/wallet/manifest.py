"""What stored value brings: offers and top-ups, the customer's door, a proof."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.settings import Setting
from app.kernel.payments import tenders
from app.kernel.wallet.api import api
from app.kernel.wallet.models import OFFER_FLOW, REFUND_FLOW, TOP_UP_FLOW
from app.kernel.wallet.notices import NOTICES
from app.kernel.wallet.operations.refunding import finish_refund
from app.kernel.wallet.operations.wallets import take_top_up
from app.kernel.wallet.proofs import UnspentGoesBackOnce, WalletsAreTopUpsLessSpending
from app.kernel.wallet.queries import waiting_offers, waiting_refunds
from app.kernel.wallet.tender import TENDER
from app.kernel.wallet.views import OfferView, TopUpView, WalletRefundView

READ = ("list", "show", "export")

tenders.register(TENDER)

manifest = Manifest(
    name="wallet",
    title=_l("储值"),
    order=72,
    flows=(OFFER_FLOW, TOP_UP_FLOW, REFUND_FLOW),
    blueprints=(api,),
    notices=NOTICES,
    handlers={"payment_succeeded": (take_top_up,), "refund_succeeded": (finish_refund,)},
    checks=(WalletsAreTopUpsLessSpending, UnspentGoesBackOnce),
    settings=(
        Setting(
            "wallet.second_person_above", _l("储值退还要第二人批准的金额"), "money", 50_000,
            _l("退还没花的储值达到这个金额，先等另一个人批准再退；填 0 就不用批准。"), least=0, most=100_000_000, money=True,
        ),
    ),
    words={"wallet_offer.proposed": _l("提出储值方案"), "wallet_refund.asked": _l("申请退还储值余额")},
    views=(OfferView, TopUpView, WalletRefundView),
    grants=(
        *(Grant(role, OfferView.name, (*READ, "add", "end")) for role in ("Owner", "Operator")),
        Grant("Finance", OfferView.name, (*READ, "approve", "refuse", "end")),
        *(Grant(role, TopUpView.name, READ) for role in ("Owner", "Manager", "Operator", "Finance")),
        *(Grant(role, WalletRefundView.name, READ) for role in ("Owner", "Manager")),
        Grant("Operator", WalletRefundView.name, (*READ, "add")),
        Grant("Finance", WalletRefundView.name, (*READ, "add", "grant", "propose", "approve", "refuse")),
    ),
    menu=(
        MenuItem(OfferView.name, "OfferView.list", _l("储值方案"), "wallet", _l("财务"), 620, badge=waiting_offers),
        MenuItem(TopUpView.name, "TopUpView.list", _l("储值记录"), "wallet", _l("财务"), 621),
        MenuItem(WalletRefundView.name, "WalletRefundView.list", _l("储值退还"), "undo", _l("财务"), 622, badge=waiting_refunds),
    ),
)

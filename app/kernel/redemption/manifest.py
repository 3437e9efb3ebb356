"""What redemption brings: the desk, stores and their cashiers, vouchers, redemptions, the clock, four proofs."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.framework.manifest import Grant, Manifest
from app.framework.queue import Job
from app.framework.settings import Setting
from app.kernel.redemption.jobs import complete_redemptions, expire_vouchers, warn_of_ends
from app.kernel.redemption.models import REDEMPTION_FLOW, STORE_FLOW, VOUCHER_FLOW
from app.kernel.redemption.notices import NOTICES
from app.kernel.redemption.operations.refunding import heed_refund
from app.kernel.redemption.proofs import REDEMPTION_PROOFS
from app.kernel.redemption.views.desk import RedeemPage
from app.kernel.redemption.views.lists import ClerkPage, RedeemStoreView, RedemptionView, VoucherView

READ = ("list", "show", "export")

manifest = Manifest(
    name="redemption",
    title=_l("核销"),
    order=72,
    flows=(STORE_FLOW, VOUCHER_FLOW, REDEMPTION_FLOW),
    settings=(
        Setting(
            "redemption.undo_within", _l("几分钟内能撤销核销"), "minutes", 10, _l("这段时间里店长可以撤销；过了才把钱分给商户。0 就是核销后马上分账。"),
            least=0, most=120,
        ),
        Setting(
            "redemption.tries", _l("输错几次锁定"), "count", 8, _l("一个收银员十分钟内输错这么多个不存在的券码就锁定；一家门店是它的四倍。"), least=3, most=50,
        ),
        Setting("redemption.locked_for", _l("锁定多久"), "minutes", 15, _l("输错太多之后，多久才能再试。"), least=1, most=240),
        Setting("redemption.warn_days", _l("到期前几天提醒"), "days", 3, _l("券到期前这么多天提醒顾客。"), least=1, most=30),
    ),
    jobs=(
        Job("complete_redemptions", _l("核销过了撤销时间就分账"), complete_redemptions, schedule="* * * * *"),
        Job("expire_vouchers", _l("过期的券自动退款"), expire_vouchers, schedule="*/10 * * * *", lock="expire_vouchers"),
        Job("warn_of_ends", _l("提醒快到期的券"), warn_of_ends, schedule="12 10 * * *", lock="warn_of_ends"),
    ),
    handlers={"happened": (heed_refund,)},
    notices=NOTICES,
    checks=REDEMPTION_PROOFS,
    words={
        "redeem_store.added": _l("加门店"), "redeem_store.changed": _l("改门店"), "redeem_store.locked": _l("连续输错券码，锁定"),
        "redeem_clerk.let": _l("开通核销"), "redeem_clerk.stopped": _l("停止核销"), "redeem_voucher.issued": _l("发券码"),
        "redeem_voucher.redeemed": _l("核销"), "redeem_redemption.made": _l("核销"), "redeem_voucher.ends_soon": _l("提醒快到期"),
    },
    fields={
        "redeem_voucher.store": Column("store", _l("门店")), "redeem_voucher.count": Column("count", _l("次数")),
        "redeem_clerk.name": Column("name", _l("核销员")), "redeem_clerk.store": Column("store", _l("门店")),
        "redeem_store.name": Column("name", _l("门店名")), "redeem_store.address": Column("address", _l("地址")),
        "redeem_store.phone": Column("phone", _l("电话")), "redeem_store.hours": Column("hours", _l("营业时间")),
        "redeem_store.latitude": Column("latitude", _l("纬度")), "redeem_store.longitude": Column("longitude", _l("经度")),
    },
    views=(RedeemPage, RedemptionView, VoucherView, RedeemStoreView, ClerkPage),
    grants=(
        *(Grant(role, RedeemPage.name, ("*",)) for role in ("Owner", "Manager", "Cashier")),
        *(Grant(role, RedemptionView.name, (*READ, "undo")) for role in ("Owner", "Manager")),
        Grant("Cashier", RedemptionView.name, ("list", "show")),
        *(Grant(role, VoucherView.name, READ) for role in ("Owner", "Manager", "Operator", "Finance")),
        *(Grant(role, RedeemStoreView.name, (*READ, "add", "edit", "close", "reopen")) for role in ("Owner", "Manager")),
        *(Grant(role, ClerkPage.name, ("*",)) for role in ("Owner", "Manager")),
        *(Grant(role, view.name, READ) for role in ("Operator", "Finance") for view in (RedemptionView, RedeemStoreView)),
    ),
)

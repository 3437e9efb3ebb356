"""What sharing brings: jobs that talk to the channel, the gate that refunds wait at, three proofs, and the pages of frozen money."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column, Related
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.framework.settings import Setting
from app.kernel.ledger import chain
from app.kernel.payments.operations import refund_gates
from app.kernel.payments.views import GROUP, PaymentView
from app.kernel.sharing import jobs
from app.kernel.sharing.chain import explain_share
from app.kernel.sharing.home import SharingCard
from app.kernel.sharing.models import ACCOUNT_FLOW, CALL_FLOW, RETURN_FLOW, SHARING_FLOW
from app.kernel.sharing.notices import NOTICES
from app.kernel.sharing.operations.opening import heed_refund_done, open_sharing, release_order, share_order
from app.kernel.sharing.operations.returning import wait_for_return
from app.kernel.sharing.proofs import SHARING_PROOFS
from app.kernel.sharing.queries import failed_returns, stuck_sharings, waiting_accounts
from app.kernel.sharing.views import FreezePage, ShareAccountView, ShareReturnView, SharingView

READERS = ("Operator", "Finance", "Admin")

refund_gates.register(wait_for_return)
chain.register(explain_share)

manifest = Manifest(
    name="sharing",
    title=_l("分账"),
    icon="scale",
    group=GROUP,
    order=47,
    settings=(
        Setting("sharing.alarm_days", _l("冻结到期前几天提醒"), "days", 5, _l("到期还没分完的款，提前这么多天提醒财务。"), least=1, most=29),
        Setting(
            "sharing.fee_ppm", _l("子商户号的渠道费率"), "percent", 6_000, _l("渠道从商户收款里扣的手续费，分账时要先留出来。"), least=0, most=50_000,
            money=True,
        ),
    ),
    flows=(SHARING_FLOW, CALL_FLOW, RETURN_FLOW, ACCOUNT_FLOW),
    views=(SharingView, ShareReturnView, ShareAccountView, FreezePage),
    grants=(
        *(Grant(role, view.name, ("list", "show", "export")) for role in READERS for view in (SharingView, ShareReturnView, ShareAccountView)),
        Grant("Finance", ShareAccountView.name, ("add",)),
        *(Grant(role, FreezePage.name, ("index",)) for role in READERS),
        Grant("Owner", SharingView.name, ("list", "show")),
    ),
    menu=(
        MenuItem(SharingView.name, "SharingView.list", _l("分账"), "scale", GROUP, 615, badge=stuck_sharings),
        MenuItem(ShareReturnView.name, "ShareReturnView.list", _l("分账回退"), "undo", GROUP, 616, badge=failed_returns),
        MenuItem(FreezePage.name, "FreezePage.index", _l("冻结日历"), "clock", GROUP, 617),
        MenuItem(ShareAccountView.name, "ShareAccountView.list", _l("资金模式"), "building", GROUP, 618, badge=waiting_accounts),
    ),
    jobs=(
        Job("share_payment", _l("请求分账"), jobs.share_payment),
        Job("ask_about_share", _l("向渠道查询分账"), jobs.ask_about_share),
        Job("send_share_return", _l("请求分账回退"), jobs.send_share_return),
        Job("ask_about_share_return", _l("向渠道查询分账回退"), jobs.ask_about_share_return),
        Job("finish_sharing", _l("完结分账"), jobs.finish_sharing),
        Job("watch_freezes", _l("看冻结到期"), jobs.watch_freezes, schedule="20 * * * *", lock="watch_freezes"),
        Job("ask_about_quiet_shares", _l("查询没有下文的分账"), jobs.ask_about_quiet_shares, schedule="*/10 * * * *", lock="ask_about_quiet_shares"),
    ),
    notices=NOTICES,
    home=(SharingCard,),
    handlers={
        "payment_succeeded": (open_sharing,), "order_completed": (share_order,), "order_released": (release_order,),
        "refund_succeeded": (heed_refund_done,),
    },
    words={
        "sharing.opened": _l("到账，开始冻结"), "sharing.ending": _l("冻结快到期"), "sharing.given_up": _l("不分了，转应收"),
        "share_account.proposed": _l("提出资金模式变更"),
        "merchant.funds_changed": _l("资金模式变更"),
    },
    fields={
        "share_sharing.amount": Column("amount", _l("实付"), kind="money"),
        "share_sharing.unshared": Column("unshared", _l("转应收"), kind="money"), "share_account.sub_merchant": Column("sub_merchant", _l("子商户号")),
        "party_merchant.sub_merchant_number": Column("sub_merchant_number", _l("子商户号")),
    },
    related={
        PaymentView.name: (Related(SharingView, "payment_id", _l("分账")),), "parties.merchants": (Related(ShareAccountView, "merchant_id", _l("资金模式")),),
    },
    checks=SHARING_PROOFS,
)

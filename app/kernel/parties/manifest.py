"""What parties bring: roles, sign-in, people's pages, the customers' sign-in API."""

from flask import g
from flask_babel import lazy_gettext as _l

from app.framework.console import shell
from app.framework.console.preferences import remember_with
from app.framework.console.shell import Link
from app.framework.identity import identify_with
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.kernel.parties.api import api
from app.kernel.parties.demo import fill
from app.kernel.parties.jobs import forget_old_sign_ins, send_text_message
from app.kernel.parties.models import MERCHANT_FLOW
from app.kernel.parties.operations.sign_in import remember_preference
from app.kernel.parties.roles import ROLES
from app.kernel.parties.security import console_actor
from app.kernel.parties.views.people import AuditView, CustomerView, MemberView, MerchantView, StaffView
from app.kernel.parties.views.sign_in import AccountView, SignInView

identify_with(console_actor)
remember_with(remember_preference)
shell.place_with(lambda actor: g.get("merchant_name", "") if actor.kind == "member" else str(_l("平台")))
shell.account_links[:] = [Link(_l("我的账号"), "AccountView.index", "people"), Link(_l("退出"), "SignInView.out", "x", post=True)]

manifest = Manifest(
    name="parties",
    title=_l("人和商户"),
    order=20,
    roles=ROLES,
    flows=(MERCHANT_FLOW,),
    views=(SignInView, AccountView, MemberView, MerchantView, StaffView, CustomerView, AuditView),
    grants=(
        Grant("Owner", "parties.members", ("list", "show", "add", "edit")),
        Grant("Operator", "parties.merchants", ("*",)),
        Grant("Reviewer", "parties.merchants", ("list", "show")),
        Grant("Finance", "parties.merchants", ("*",)),
        Grant("Operator", "parties.members", ("list", "show")),
        Grant("Operator", "parties.customers", ("list", "show")),
        Grant("Operator", "audit.entries", ("*",)),
        Grant("Finance", "audit.entries", ("*",)),
    ),
    menu=(
        MenuItem("parties.members", "MemberView.list", _l("成员"), "people", _l("资金与店铺"), 330),
        MenuItem("parties.merchants", "MerchantView.list", _l("商户"), "building", _l("平台"), 410),
        MenuItem("parties.customers", "CustomerView.list", _l("顾客"), "people", _l("平台"), 420),
        MenuItem("parties.staff", "StaffView.list", _l("员工账号"), "people", _l("平台"), 430),
        MenuItem("audit.entries", "AuditView.list", _l("审计"), "shield", _l("平台"), 440),
    ),
    blueprints=(api,),
    jobs=(
        Job("send_text_message", _l("发短信"), send_text_message),
        Job("forget_old_sign_ins", _l("清理过期登录"), forget_old_sign_ins, schedule="17 4 * * *"),
    ),
    demo=fill,
    words={
        "user.signed_in": _l("登录"), "user.password_changed": _l("改了密码"), "merchant.opened": _l("登记商户"), "member.added": _l("加成员"),
        "member.changed": _l("改成员"),
    },
)

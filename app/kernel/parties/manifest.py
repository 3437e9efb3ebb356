"""What parties bring: roles, sign-in, people's pages, the customers' sign-in API."""

from flask import g
from flask_babel import lazy_gettext as _l

from app.framework.console import find, shell
from app.framework.console.columns import Column
from app.framework.console.preferences import remember_with
from app.framework.console.shell import Link
from app.framework.identity import identify_with, recognise_with
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.framework.settings import Setting
from app.framework.viewing import watch_with
from app.kernel.parties.api import api, sign_in, work
from app.kernel.parties.demo import fill
from app.kernel.parties.finder import find_parties
from app.kernel.parties.imports import MEMBERS
from app.kernel.parties.jobs import forget_old_sign_ins, send_invitation, send_text_message
from app.kernel.parties.models import INVITATION_FLOW, MERCHANT_FLOW
from app.kernel.parties.notices import NOTICES
from app.kernel.parties.operations.sign_in import remember_preference
from app.kernel.parties.roles import ROLES
from app.kernel.parties.security import actor_of
from app.kernel.parties.viewing import actor_of_request, guard, seen
from app.kernel.parties.views.invitations import ROLE_LABELS, InvitationPage, MemberInvitationView, StaffInvitationView
from app.kernel.parties.views.members import ROLE_WORDS, MemberView
from app.kernel.parties.views.people import CustomerView, MerchantView
from app.kernel.parties.views.sign_in import AccountView, SignInView
from app.kernel.parties.views.staff import StaffView, ViewingPage

API_MODULES = (sign_in, work)  # imported so that their endpoints register

identify_with(actor_of_request)
watch_with(guard, seen)
find.register(find_parties)
recognise_with(actor_of)
remember_with(remember_preference)
shell.place_with(lambda actor: g.get("merchant_name", "") if actor.kind == "member" else str(_l("平台")))
shell.account_links[:] = [Link(_l("我的账号"), "AccountView.index", "people"), Link(_l("退出"), "SignInView.out", "x", post=True)]

manifest = Manifest(
    name="parties",
    title=_l("人和商户"),
    order=20,
    settings=(
        Setting("parties.invitation_hours", _l("邀请链接有效期"), "hours", 72, _l("邀请同事的链接多久后失效；对之后发出的邀请生效。"), least=1, most=336),
        Setting("parties.viewing_most", _l("以别人的身份查看最长"), "minutes", 60, _l("平台人员一次最多能以别人的身份查看多久。"), least=15, most=240),
    ),
    roles=ROLES,
    flows=(MERCHANT_FLOW, INVITATION_FLOW),
    imports=(MEMBERS,),
    views=(
        SignInView, AccountView, MemberView, MerchantView, StaffView, CustomerView, MemberInvitationView, StaffInvitationView, InvitationPage, ViewingPage,
    ),
    grants=(
        Grant("Owner", "parties.members", ("list", "show", "add", "edit")),
        Grant("Owner", "parties.member_invitations", ("list", "show", "send")),
        Grant("Operator", "parties.merchants", ("*",)),
        Grant("Reviewer", "parties.merchants", ("list", "show")),
        Grant("Finance", "parties.merchants", ("*",)),
        Grant("Operator", "parties.members", ("list", "show")),
        Grant("Operator", "parties.customers", ("list", "show")),
    ),
    menu=(
        MenuItem("parties.members", "MemberView.list", _l("成员"), "people", _l("资金与店铺"), 330),
        MenuItem("parties.merchants", "MerchantView.list", _l("商户"), "building", _l("平台"), 410),
        MenuItem("parties.customers", "CustomerView.list", _l("顾客"), "people", _l("平台"), 420),
        MenuItem("parties.staff", "StaffView.list", _l("员工账号"), "people", _l("平台"), 430),
    ),
    blueprints=(api,),
    jobs=(
        Job("send_text_message", _l("发短信"), send_text_message),
        Job("send_invitation", _l("发邀请短信"), send_invitation),
        Job("forget_old_sign_ins", _l("清理过期登录"), forget_old_sign_ins, schedule="17 4 * * *"),
    ),
    demo=fill,
    fields={
        "party_membership.role": Column("role", _l("角色"), choices=ROLE_WORDS), "party_membership.active": Column("active", _l("可以登录")),
        "roles": Column("roles", _l("角色"), choices=ROLE_LABELS), "viewing_minutes": Column("viewing_minutes", _l("分钟")),
        "refused_request": Column("refused_request", _l("被拒绝的操作")),
    },
    notices=NOTICES,
    words={
        "user.signed_in": _l("登录"), "user.password_changed": _l("改了密码"), "user.linked": _l("连上小程序"),
        "merchant.opened": _l("登记商户"), "member.added": _l("加成员"),
        "member.changed": _l("改成员"), "member.sessions_ended": _l("结束登录"), "user.sessions_ended": _l("结束登录"), "user.roles_changed": _l("改角色"),
        "user.switched_off": _l("停用账号"), "user.switched_on": _l("启用账号"), "user.second_factor_reset": _l("重置两步验证"),
        "invitation.made": _l("邀请"), "invitation.sent_again": _l("重发邀请"), "viewing.begun": _l("开始以此人身份查看"),
        "viewing.ended": _l("结束以此人身份查看"), "viewing.expired": _l("以此人身份查看到时结束"), "viewing.refused": _l("查看时想改，被拒绝"),
    },
)

"""What those who invite people are told."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.parties.models import Invitation
from app.kernel.parties.roles import ROLES

LABELS = {role.name: role.label for role in ROLES}


def _to_inviters(invitation: Invitation, happening: Happening) -> Told:
    """Those who may invite on that side."""
    values = {"person": invitation.label, "role": "、".join(str(LABELS[role]) for role in invitation.roles)}
    if invitation.merchant_id is None:
        return Told("StaffView.list", values=values, roles=frozenset({"Admin"}))
    return Told("MemberView.list", values=values, merchant_id=invitation.merchant_id, roles=frozenset({"Owner"}))


NOTICES = (
    NoticeKind(
        "parties.joined", _l("邀请被接受"), _l("商户的店主；平台的邀请是管理员"), ("invitation.accept",), _to_inviters, _l("{person}加入了"),
        _l("{person}接受了邀请，身份是{role}。"), (Variable("person", _l("姓名"), _l("陈新"), required=True), Variable("role", _l("身份"), _l("收银"))),
    ),
)

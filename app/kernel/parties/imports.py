"""Members from a spreadsheet: each is invited, as if by hand, and sets a password of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.framework.database import get
from app.framework.importing import Fault, ImportColumn, Importer, Row
from app.kernel.parties.models import Merchant
from app.kernel.parties.operations.invitations import invite
from app.kernel.parties.roles import MERCHANT_ROLES


def check_members(rows: Sequence[Row]) -> Iterator[Fault]:
    """An account stands once in the file."""
    seen: dict[str, int] = {}
    for row in rows:
        username = row.values["username"].lower()
        if username in seen:
            yield Fault(row.number, str(_l("账号")), str(_l("和第 %(row)d 行的账号一样", row=seen[username])))
        seen.setdefault(username, row.number)


def bring_in_member(values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Any:
    """One person is invited to the actor's own merchant. The link goes out as a text message, and stands in no result.

    Raises NameTaken, NotAPhone, and NotFound for somebody who acts for no merchant.
    """
    person = {name: value for name, value in values.items() if name != "role"}
    invitation = invite(get(Merchant, actor.merchant_id), roles=[values["role"]], actor=actor, now=now, **person).invitation
    if invitation.phone_masked:
        return _l("已邀请，链接发到 %(phone)s", phone=invitation.phone_masked)
    return _l("已邀请；没有手机号，在邀请记录里重发，把链接给本人")


MEMBERS = Importer(
    name="members", title=_l("成员"), view="parties.members", check=check_members, apply=bring_in_member,
    note=_l("一行一个人，各自收到邀请，自己设密码"),
    columns=(
        ImportColumn("last_name", _l("姓"), required=True, longest=20, example="林"),
        ImportColumn("first_name", _l("名"), required=True, longest=20, example="小满"),
        ImportColumn("username", _l("账号"), required=True, longest=40, example="linxiaoman", help=_l("登录用，不能和别人的一样")),
        ImportColumn(
            "role", _l("角色"), "choice", required=True, choices={role.name: role.label for role in MERCHANT_ROLES}, example="收银",
        ),
        ImportColumn("phone", _l("手机号"), longest=11, example="13800138000", help=_l("选填；填了就把邀请链接发到这个手机")),
    ),
)

"""Members from a spreadsheet: as if each were added by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.framework.database import get
from app.framework.importing import Fault, ImportColumn, Importer, Row
from app.kernel.parties.models import Merchant
from app.kernel.parties.operations.merchants import add_member
from app.kernel.parties.passwords import WeakPassword, check_password_strength
from app.kernel.parties.roles import MERCHANT_ROLES


def check_members(rows: Sequence[Row]) -> Iterator[Fault]:
    """An account stands once in the file, and each first password is strong enough."""
    seen: dict[str, int] = {}
    for row in rows:
        username = row.values["username"].lower()
        if username in seen:
            yield Fault(row.number, str(_l("账号")), str(_l("和第 %(row)d 行的账号一样", row=seen[username])))
        seen.setdefault(username, row.number)
        try:
            check_password_strength(row.values["password"], row.values["username"])
        except WeakPassword as weak:
            yield Fault(row.number, str(_l("初始密码")), str(weak))


def bring_in_member(values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Any:
    """One member of the actor's own merchant. Raises NameTaken, and NotFound for somebody who acts for no merchant."""
    add_member(get(Merchant, actor.merchant_id), actor=actor, now=now, **values)
    return _l("已加为成员")


MEMBERS = Importer(
    name="members", title=_l("成员"), view="parties.members", check=check_members, apply=bring_in_member,
    note=_l("一行一个人，初始密码不会出现在结果表里"),
    columns=(
        ImportColumn("last_name", _l("姓"), required=True, longest=20, example="林"),
        ImportColumn("first_name", _l("名"), required=True, longest=20, example="小满"),
        ImportColumn("username", _l("账号"), required=True, longest=40, example="linxiaoman", help=_l("登录用，不能和别人的一样")),
        ImportColumn(
            "role", _l("角色"), "choice", required=True, choices={role.name: role.label for role in MERCHANT_ROLES}, example="收银",
        ),
        ImportColumn("password", _l("初始密码"), required=True, longest=128, example="", secret=True, help=_l("至少 10 个字符，第一次登录后改掉")),
    ),
)

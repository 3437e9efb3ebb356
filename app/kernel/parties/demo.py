"""The demo town's people on the platform's side. The passwords are public: they exist in the sandbox only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.core.actors import system
from app.framework.database import transaction
from app.kernel.parties.operations.sign_in import create_user

PASSWORD = "qingxi-2026-town"  # noqa: S105 -- public on purpose


@dataclass(frozen=True)
class SignIn:
    """A demo account: what it may do in a few words, its role when it is platform staff."""

    username: str
    password: str
    says: str
    words: Any
    name: tuple[str, str]
    role: str = ""


SIGN_INS = (
    SignIn("owner", PASSWORD, "店主 restaurant owner", _l("店主：老巷子砂锅粥"), ("林", "建民")),
    SignIn("cashier", PASSWORD, "收银 cashier", _l("收银：老巷子砂锅粥"), ("许", "小雨")),
    SignIn("kitchen", PASSWORD, "后厨 kitchen", _l("后厨：老巷子砂锅粥"), ("郑", "师傅")),
    SignIn("courier", PASSWORD, "配送员 courier", _l("配送员：老巷子砂锅粥"), ("王", "强")),
    SignIn("chunmei", PASSWORD, "团长 group-buying leader", _l("团长：竹苑小区"), ("陈", "春梅")),
    SignIn("shanye", PASSWORD, "供应商 group-buying supplier", _l("供应商：山野农场"), ("何", "大山")),
    SignIn("yunqi", PASSWORD, "民宿 host", _l("民宿店主：云栖溪畔民宿"), ("许", "晚晴")),
    SignIn("tea", PASSWORD, "店主 mall merchant", _l("店主：云上茶室"), ("苏", "映雪")),
    SignIn("tea-till", PASSWORD, "收银 mall cashier", _l("收银：云上茶室"), ("收银", "云上")),
    SignIn("reviewer", PASSWORD, "审核 reviewer", _l("审核员"), ("赵", "思源"), "Reviewer"),
    SignIn("operator", PASSWORD, "运营 operator", _l("运营"), ("周", "敏"), "Operator"),
    SignIn("warehouse", PASSWORD, "仓库 warehouse", _l("仓库"), ("马", "力"), "Warehouse"),
    SignIn("finance", PASSWORD, "财务 finance (code is shown)", _l("财务"), ("孙", "静"), "Finance"),
    SignIn("finance2", PASSWORD, "财务复核 second finance", _l("财务复核"), ("何", "文"), "Finance"),
    SignIn("admin", PASSWORD, "管理员 administrator (code is shown)", _l("管理员"), ("吴", "桐"), "Admin"),
)


def fill(app: Flask) -> None:
    """Make the platform's people."""
    with app.app_context(), transaction(system("demo")):
        for account in SIGN_INS:
            if account.role:
                create_user(account.username, account.password, [account.role], last_name=account.name[0], first_name=account.name[1])

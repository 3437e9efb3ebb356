"""What is wrong with an application: each fault with its field and a sentence. Pure functions of values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from app.framework.manifest import DocumentDemand
from app.kernel.approvals.rules import credit_code_fault, is_expired

Fault = dict[str, Any]

# name → (label, most characters)
FIELDS: dict[str, tuple[Any, int]] = {
    "company": (_l("企业名称"), 80), "credit_code": (_l("统一社会信用代码"), 18), "legal_person": (_l("法定代表人"), 20),
    "contact_name": (_l("联系人"), 40), "contact_phone": (_l("联系电话"), 20), "address": (_l("经营地址"), 120),
    "bank_name": (_l("开户银行"), 60), "bank_account": (_l("收款账号"), 40),
}


def application_faults(values: Mapping[str, str], *, whole: bool = False) -> list[Fault]:
    """Faults of the fixed fields; with `whole` an empty one is a fault too."""
    faults = [
        {"field": name, "code": "required", "message": str(_l("填写%(label)s", label=label))}
        for name, (label, _) in FIELDS.items() if whole and not values.get(name)
    ]
    for name, (_label, most) in FIELDS.items():
        message = _fault_of(name, values.get(name) or "", most)
        if message:
            faults.append({"field": name, "code": "invalid", "message": message})
    return faults


def category_faults(offered: Mapping[str, Any], category: str, *, whole: bool = False) -> list[Fault]:
    """The category is none that the trade offers; with `whole`, none is chosen where the trade offers some."""
    if category and category not in offered:
        return [{"field": "category", "code": "invalid", "message": str(_l("从列表里选一个"))}]
    if whole and offered and not category:
        return [{"field": "category", "code": "required", "message": str(_l("选业态"))}]
    return []


def _fault_of(name: str, value: str, most: int) -> str | None:
    if not value:
        return None
    if name == "credit_code":
        return credit_code_fault(value)
    if len(value) > most:
        return str(_l("最多 %(count)d 个字", count=most))
    if name == "contact_phone" and not re.fullmatch(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}", value, flags=re.ASCII):
        return str(_l("写 11 位手机号，或带区号的座机"))
    if name == "bank_account" and not re.fullmatch(r"\d{8,30}", value.replace(" ", ""), flags=re.ASCII):
        return str(_l("收款账号是 8 到 30 位数字"))
    return None


def document_faults(demands: Sequence[DocumentDemand], documents: Sequence[Any], today: date) -> list[Fault]:
    """Demanded documents that are missing, without their date, or past it; fields are `documents.<kind>`."""
    faults = []
    for demand in demands:
        present = [each for each in documents if each.kind == demand.kind]
        words = {"label": demand.label}
        if demand.required and not present:
            faults.append(_document_fault(demand.kind, "missing", _l("还缺%(label)s", **words)))
        if demand.expires and any(each.expires_on is None for each in present):
            faults.append(_document_fault(demand.kind, "needs_date", _l("%(label)s要填有效期", **words)))
        if any(is_expired(each.expires_on, today) for each in present):
            faults.append(_document_fault(demand.kind, "expired", _l("%(label)s已过期，换新证再交", **words)))
    return faults


def _document_fault(kind: str, code: str, message: Any) -> Fault:
    return {"field": f"documents.{kind}", "code": code, "message": str(message)}

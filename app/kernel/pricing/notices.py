"""What finance is told about prices: a draft that waits for a second person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.commission.models import FeeRuleVersion
from app.kernel.commission.presenting import rate_words


def _proposed(version: FeeRuleVersion, happening: Happening) -> Told:
    priced = version.rule.priced
    values = {"rule": version.label, "rate": rate_words(version, priced.period), "reason": happening.reason}
    return Told("RuleDeskView.show", {"pk": priced.id, "version": version.id}, values, roles=frozenset({"Finance"}))


NOTICES = (
    NoticeKind(
        "pricing.proposed", _l("新费率，等批准"), _l("其他财务人员"), ("fee_rule.proposed",), _proposed, _l("{rule} 等你批准"),
        _l("{rule} 改为 {rate}：{reason}。先看重放，再批准。"),
        (
            Variable("rule", _l("规则和版本"), _l("点餐佣金 v3"), required=True), Variable("rate", _l("费率"), "8 %"),
            Variable("reason", _l("原因"), _l("秋季价目")),
        ),
    ),
)

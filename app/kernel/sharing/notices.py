"""What finance is told about sharings: stuck, about to be released by themselves, returns that failed, numbers to approve."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.core.periods import business_day
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.parties.queries import merchant_named
from app.kernel.sharing.models import ShareAccount, ShareReturn, Sharing

FINANCE = frozenset({"Finance"})
NUMBER = Variable("number", _l("单号"), "S261124000012", required=True)
AMOUNT = Variable("amount", _l("金额"), "¥6.80")
REASON = Variable("reason", _l("原因"), _l("接收方账户异常"))


def _stuck(sharing: Sharing, happening: Happening) -> Told:
    values = {"number": sharing.number, "amount": yuan(sharing.open_amount), "reason": sharing.problem}
    return Told("SharingView.show", {"pk": sharing.id}, values, roles=FINANCE)


def _proposed_to_give_up(sharing: Sharing, happening: Happening) -> Told:
    values = {"number": sharing.number, "amount": yuan(sharing.open_amount), "reason": sharing.proposal}
    return Told("SharingView.show", {"pk": sharing.id}, values, roles=FINANCE)


def _ending(sharing: Sharing, happening: Happening) -> Told:
    values = {"number": sharing.number, "day": business_day(sharing.frozen_until).isoformat(), "amount": yuan(sharing.open_amount)}
    return Told("SharingView.show", {"pk": sharing.id}, values, roles=FINANCE)


def _failed(back: ShareReturn, happening: Happening) -> Told:
    return Told("ShareReturnView.show", {"pk": back.id}, {"number": back.number, "amount": yuan(back.amount), "reason": back.problem}, roles=FINANCE)


def _proposed(change: ShareAccount, happening: Happening) -> Told:
    values = {"merchant": merchant_named(change.merchant_id) or "", "number": change.label, "reason": happening.reason}
    return Told("ShareAccountView.show", {"pk": change.id}, values, roles=FINANCE)


NOTICES = (
    NoticeKind(
        "sharing.stuck", _l("分账卡住"), _l("财务"), ("sharing.stick",), _stuck, _l("分账卡住：{number}"),
        _l("{number} 还有 {amount} 没分：{reason}"), (NUMBER, AMOUNT, REASON),
    ),
    NoticeKind(
        "sharing.proposed", _l("分账不分了，等复核"), _l("其他财务人员"), ("sharing.propose",), _proposed_to_give_up, _l("{number} 不分了，等你复核"),
        _l("{number} 还有 {amount} 要转为商户欠平台：{reason}"), (NUMBER, AMOUNT, REASON),
    ),
    NoticeKind(
        "sharing.ending", _l("冻结快到期"), _l("财务"), ("sharing.ending",), _ending, _l("冻结快到期：{number}"),
        _l("{number} 的冻结到 {day} 为止，还有 {amount} 没分；到期渠道自动解冻给商户。"), (NUMBER, Variable("day", _l("到期日"), "2026-12-01"), AMOUNT),
    ),
    NoticeKind(
        "sharing.return_failed", _l("分账没退回来"), _l("财务"), ("share_return.fail",), _failed, _l("分账没退回来：{number}"),
        _l("{number} 的 {amount} 没退回来：{reason}。退款在等它。"), (NUMBER, AMOUNT, REASON),
    ),
    NoticeKind(
        "sharing.account", _l("资金模式变更，等批准"), _l("其他财务人员"), ("share_account.proposed",), _proposed, _l("{merchant} 的资金模式变更等你批准"),
        _l("{merchant} 改用 {number}：{reason}"),
        (Variable("merchant", _l("商户"), _l("老灶小馆"), required=True), Variable("number", _l("子商户号"), "1900000109"), REASON),
    ),
)

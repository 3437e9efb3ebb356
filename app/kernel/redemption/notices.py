"""What merchants and the platform are told about redeeming."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.redemption.models import RUNNERS, RedeemStore, Redemption

STORE = Variable("store", _l("门店"), _l("万象城店"), required=True)
REASON = Variable("reason", _l("原因"), _l("顾客点错了"), required=True)


def _about_store(store: RedeemStore, happening: Happening, **whom: Any) -> Told:
    return Told("RedeemStoreView.show", {"pk": store.id}, {"store": store.name, "reason": happening.reason}, **whom)


def _to_runners(store: RedeemStore, happening: Happening) -> Told:
    return _about_store(store, happening, merchant_id=store.merchant_id, roles=RUNNERS)


def _to_platform(store: RedeemStore, happening: Happening) -> Told:
    return _about_store(store, happening, roles=frozenset({"Operator"}))


def _about_undo(redemption: Redemption, happening: Happening) -> Told:
    values = {"title": redemption.title, "amount": yuan(redemption.amount), "who": happening.actor.name, "reason": happening.reason}
    return Told("RedemptionView.show", {"pk": redemption.id}, values, merchant_id=redemption.merchant_id, roles=frozenset({"Owner"}))


NOTICES = (
    NoticeKind(
        "redemption.locked", _l("核销被锁定"), _l("店主和店长"), ("redeem_store.locked",), _to_runners, _l("{store} 连续输错券码，已锁定"),
        _l("{reason}。过一会儿自动解锁；不是自己人输的，请看核销记录。"), (STORE, REASON), texted=True,
    ),
    NoticeKind(
        "redemption.locked_platform", _l("有人在试券码"), _l("平台运营"), ("redeem_store.locked",), _to_platform, _l("{store} 连续输错券码"),
        _l("{reason}。核对这家店的核销记录。"), (STORE, REASON),
    ),
    NoticeKind(
        "redemption.undone", _l("核销被撤销"), _l("店主"), ("redeem_redemption.undo",), _about_undo, _l("“{title}”的核销被撤销"),
        _l("{who} 撤销了 {amount}：{reason}"),
        (
            Variable("title", _l("商品"), _l("双人下午茶"), required=True), Variable("amount", _l("金额"), "¥68.00"),
            Variable("who", _l("谁"), _l("店长")), REASON,
        ),
    ),
)

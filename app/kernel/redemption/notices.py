"""What merchants and the platform are told about redeeming."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.core.periods import local
from app.framework.database import elevated, get
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.parties.roles import RUNNERS
from app.kernel.redemption.models import RedeemStore, Redemption, Voucher

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


def _to_customer(redemption: Redemption, happening: Happening) -> Told:
    with elevated():
        voucher, store = get(Voucher, redemption.voucher_id), get(RedeemStore, redemption.store_id)
        values = {"title": redemption.title, "store": store.name, "amount": yuan(redemption.amount), "left": str(voucher.left), "reason": happening.reason}
        return Told("/pages/vouchers/show", {"id": voucher.id}, values, merchant_id=voucher.merchant_id, customer_id=voucher.customer_id)


def _to_owner(voucher: Voucher, happening: Happening) -> Told:
    until = f"{local(voucher.valid_until - timedelta(seconds=1)):%Y-%m-%d}"
    values = {"title": voucher.title, "left": str(voucher.left), "until": until}
    return Told("/pages/vouchers/show", {"id": voucher.id}, values, merchant_id=voucher.merchant_id, customer_id=voucher.customer_id)


TITLE = Variable("title", _l("商品"), _l("双人下午茶"), required=True)
AMOUNT, LEFT = Variable("amount", _l("金额"), "¥68.00"), Variable("left", _l("还剩几次"), "2")
UNTIL = Variable("until", _l("有效期至"), "2026-12-31")

NOTICES = (
    NoticeKind(
        "redemption.redeemed", _l("券核销了"), _l("买券的顾客"), ("redeem_redemption.made",), _to_customer, _l("“{title}”核销成功"),
        _l("在{store}核销了 {amount}，还剩 {left} 次。"), (TITLE, Variable("store", _l("门店"), _l("万象城店")), AMOUNT, LEFT), customers=True,
    ),
    NoticeKind(
        "redemption.taken_back", _l("核销被撤销"), _l("买券的顾客"), ("redeem_redemption.undo",), _to_customer, _l("“{title}”的核销被撤销"),
        _l("{amount} 又可以用了，还剩 {left} 次。"), (TITLE, AMOUNT, LEFT), customers=True,
    ),
    NoticeKind(
        "redemption.ends_soon", _l("券快到期"), _l("买券的顾客"), ("redeem_voucher.ends_soon",), _to_owner, _l("“{title}”快到期了"),
        _l("还有 {left} 次没用，{until} 之后不能用，没用的会自动退款。"), (TITLE, LEFT, UNTIL), customers=True,
    ),
    NoticeKind(
        "redemption.expired", _l("券过期退款"), _l("买券的顾客"), ("redeem_voucher.expire",), _to_owner, _l("“{title}”过期了"),
        _l("没用的次数会原路退款。"), (TITLE,), customers=True,
    ),
    NoticeKind(
        "redemption.locked", _l("核销被锁定"), _l("店主和店长"), ("redeem_store.locked",), _to_runners, _l("{store} 连续输错券码，已锁定"),
        _l("{reason}。过一会儿自动解锁；不是自己人输的，请看核销记录。"), (STORE, REASON), texted=True,
    ),
    NoticeKind(
        "redemption.locked_platform", _l("有人在试券码"), _l("平台运营"), ("redeem_store.locked",), _to_platform, _l("{store} 连续输错券码"),
        _l("{reason}。核对这家店的核销记录。"), (STORE, REASON),
    ),
    NoticeKind(
        "redemption.undone", _l("有人撤销核销"), _l("店主"), ("redeem_redemption.undo",), _about_undo, _l("“{title}”的核销被撤销"),
        _l("{who} 撤销了 {amount}：{reason}"),
        (
            Variable("title", _l("商品"), _l("双人下午茶"), required=True), Variable("amount", _l("金额"), "¥68.00"),
            Variable("who", _l("谁"), _l("店长")), REASON,
        ),
    ),
)

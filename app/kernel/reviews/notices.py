"""What merchants and staff are told about reviews."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.parties.roles import RUNNERS
from app.kernel.reviews.models import Review

VARIABLES = (
    Variable("stars", _l("几颗星"), "2", required=True), Variable("thing", _l("买的东西"), _l("红烧牛肉面")), Variable("words", _l("评价内容"), _l("面坨了")),
)

REPLY = (VARIABLES[1], Variable("words", _l("商家的回复或原因"), _l("谢谢喜欢，下次再来")))


def _values(review: Review) -> dict[str, str]:
    return {"stars": str(review.stars), "thing": review.subject or review.order_number, "words": review.words[:100]}


def _to_merchant(review: Review, happening: Happening) -> Told | None:
    if review.stars > 2:
        return None
    return Told("ReviewView.show", {"pk": review.id}, _values(review), merchant_id=review.merchant_id, roles=RUNNERS)


def _to_staff(review: Review, happening: Happening) -> Told | None:
    if not review.risks:
        return None
    return Told("ReviewView.show", {"pk": review.id}, _values(review), roles=frozenset({"Operator", "Reviewer"}))


def _to_customer(review: Review, happening: Happening) -> Told:
    values = {**_values(review), "words": review.reply or review.hidden_because}
    return Told("pages/review", {"id": review.id}, values, review.merchant_id, customer_id=review.customer_id)


NOTICES = (
    NoticeKind(
        "reviews.low", _l("收到差评"), _l("商户的店主、店长"), ("review.publish",), _to_merchant, _l("收到 {stars} 星评价"),
        _l("{thing}：{words}。早点回复，其他顾客也看得到。"), VARIABLES,
    ),
    NoticeKind(
        "reviews.risky", _l("评价有风险词"), _l("平台运营、审核员"), ("review.written",), _to_staff, _l("一条评价等审核"), _l("{thing}：{words}"), VARIABLES,
    ),
    NoticeKind(
        "reviews.replied", _l("评价有回复"), _l("写评价的顾客"), ("review.reply",), _to_customer, _l("商家回复了你的评价"), _l("{thing}：{words}"), REPLY,
        customers=True,
    ),
    NoticeKind(
        "reviews.hidden", _l("评价被隐藏"), _l("写评价的顾客"), ("review.hide",), _to_customer, _l("你的评价没有展示"), _l("{thing}：{words}"), REPLY,
        customers=True,
    ),
)

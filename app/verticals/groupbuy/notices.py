"""What leaders, suppliers, and operators are told."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.core.periods import local
from app.framework.database import elevated, get
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.parties.roles import RUNNERS
from app.verticals.groupbuy.models import Goods, GroupbuyOrder, Leader, Round, Sheet
from app.verticals.groupbuy.models.people import LEVELS

LEADERS, SUPPLIERS = _l("团长"), _l("供应商")
GOODS = Variable("goods", _l("商品"), _l("云南蓝莓 125 克/盒"), required=True)
REASON = Variable("reason", _l("原因"), _l("图片和商品不符"), required=True)
SHEET = Variable("sheet", _l("单号"), "R001-20261130-C12", required=True)
PIECES = Variable("pieces", _l("件数"), "86")
RESIDENTS = _l("下单的居民")
ORDER = (Variable("order", _l("订单号"), "G26113000001234"), Variable("leader", _l("团长"), _l("春梅")))
CODE, AMOUNT = Variable("code", _l("取货码"), "K7M2QX", required=True), Variable("amount", _l("金额"), "¥25.00", required=True)


def _goods(goods: Goods, happening: Happening) -> Told:
    values = {"goods": goods.label, "reason": happening.reason}
    return Told("SupplyView.show", {"pk": goods.id}, values, goods.merchant_id, RUNNERS)


def _sheet_values(sheet: Sheet) -> dict[str, str]:
    with elevated():
        found = get(Round, sheet.round_id)
    return {"sheet": sheet.number, "pieces": str(sheet.pieces), "cutoff": f"{local(found.cutoff_at):%m-%d %H:%M}"}


def _to_owner(sheet: Sheet, happening: Happening) -> Told:
    return Told("SheetView.show", {"pk": sheet.id}, _sheet_values(sheet), sheet.merchant_id, RUNNERS)


def _to_leader(sheet: Sheet, happening: Happening) -> Told:
    return Told("LeaderPage.index", {}, _sheet_values(sheet), sheet.merchant_id, RUNNERS)


def _short(sheet: Sheet, happening: Happening) -> Told:
    words = "、".join(f"{line.title} {line.short}" for line in sheet.lines if line.short)
    return Told("SheetView.show", {"pk": sheet.id}, {**_sheet_values(sheet), "what": words}, roles=frozenset({"Operator"}))


def _leader(leader: Leader, happening: Happening) -> Told:
    values = {"leader": leader.name, "reason": happening.reason, "level": str(LEVELS[leader.level])}
    return Told("LeaderPage.index", {}, values, leader.merchant_id, RUNNERS)


def _to_resident(order: GroupbuyOrder, happening: Happening) -> Told:
    with elevated():
        leader = get(Leader, order.leader_id)
    values = {
        "order": order.number, "leader": leader.name, "point": leader.point, "code": order.code, "amount": yuan(order.refunded), "reason": order.ended_because,
    }
    return Told("pages/groupbuy/order", {"id": order.id}, values, order.merchant_id, customer_id=order.customer_id)


NOTICES = (
    NoticeKind(
        "groupbuy.arrived", _l("可以取货"), RESIDENTS, ("groupbuy_order.arrive",), _to_resident, _l("{leader}：货到了"),
        _l("取货码 {code}，到{point}取。"), (*ORDER, CODE, Variable("point", _l("自提点"), _l("3 栋楼下"))), customers=True,
    ),
    NoticeKind(
        "groupbuy.failed", _l("没拼满，已退款"), RESIDENTS, ("groupbuy_order.fail",), _to_resident, _l("团没拼满，{amount} 已退"),
        _l("订单 {order} 到时间没拼满，{amount} 原路退回。"), (*ORDER, AMOUNT), customers=True,
    ),
    NoticeKind(
        "groupbuy.ended", _l("订单取消，已退款"), RESIDENTS, ("groupbuy_order.run_short", "groupbuy_order.abandon"), _to_resident,
        _l("{leader}没能交货，{amount} 已退"), _l("订单 {order} 已取消，{amount} 原路退回。{reason}"),
        (*ORDER, AMOUNT, Variable("reason", _l("原因"), _l("全部缺货"))), customers=True,
    ),
    NoticeKind(
        "groupbuy.goods_rejected", _l("商品未通过审核"), SUPPLIERS, ("groupbuy_goods.reject", "groupbuy_goods.change_rejected"), _goods,
        _l("“{goods}”未通过审核"),
        _l("“{goods}”未通过：{reason}。改好后会再送审，也可以申诉。"), (GOODS, REASON),
    ),
    NoticeKind(
        "groupbuy.goods_recalled", _l("商品被送回重审"), SUPPLIERS, ("groupbuy_goods.recall",), _goods, _l("“{goods}”停售，等重新审核"),
        _l("“{goods}”要重新审核：{reason}。通过前不出售。"), (GOODS, REASON),
    ),
    NoticeKind(
        "groupbuy.purchase", _l("有新的采购单"), SUPPLIERS, ("groupbuy_sheet.made",), _to_owner, _l("采购单 {sheet}：{pieces} 件"),
        _l("{cutoff} 截单，一共 {pieces} 件，按单备货送到仓库。"), (SHEET, PIECES, Variable("cutoff", _l("截单时间"), "11-30 23:00")), texted=True,
    ),
    NoticeKind(
        "groupbuy.sent", _l("货在路上"), LEADERS, ("groupbuy_sheet.sent",), _to_leader, _l("{sheet} 已发车：{pieces} 件"),
        _l("到货后在“团长今天”里点一遍，少的自动退款。"), (SHEET, PIECES), texted=True,
    ),
    NoticeKind(
        "groupbuy.short", _l("到货短少"), _l("运营"), ("groupbuy_sheet.short",), _short, _l("{sheet} 少货，已自动退款"),
        _l("{sheet} 少了：{what}。已退给居民，不付给供应商。"), (SHEET, Variable("what", _l("少了什么"), _l("云南蓝莓 2"), required=True)),
    ),
    NoticeKind(
        "groupbuy.level", _l("团长等级变了"), LEADERS, ("groupbuy_leader.level_set",), _leader, _l("{leader}现在是{level}"),
        _l("之后的订单按{level}的佣金算。"),
        (Variable("leader", _l("团长"), _l("春梅"), required=True), Variable("level", _l("等级"), _l("金牌团长"), required=True)),
    ),
    NoticeKind(
        "groupbuy.leader_off", _l("团长被停用"), LEADERS, ("groupbuy_leader.take_off",), _leader, _l("{leader}已被平台停用"), _l("现在不能接单：{reason}"),
        (Variable("leader", _l("团长"), _l("春梅"), required=True), REASON), texted=True,
    ),
)

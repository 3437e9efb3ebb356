"""What houses and guests are told."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.database import get
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.parties.roles import FRONT, RUNNERS
from app.verticals.stays.models import DoorCode, Feed, House, RoomType, StayOrder

TO_GUEST = _l("订房的客人")
TO_FRONT, TO_RUNNERS = _l("民宿的店主、店长、前台"), _l("民宿的店主和店长")
NUMBER = Variable("number", _l("订单号"), "S261130000012", required=True)
GUEST = Variable("guest", _l("联系人"), _l("李婉清"))
ROOM = Variable("room", _l("房间"), _l("山 201"))
ARRIVES = Variable("arrives", _l("入住"), "12-01")
NIGHTS = Variable("nights", _l("几晚"), "2")
AMOUNT = Variable("amount", _l("金额"), "¥936.00")
REASON = Variable("reason", _l("原因"), _l("图片和房间不符"), required=True)
WHY = Variable("reason", _l("原因"), _l("那天在装修"))
HOUSE = Variable("house", _l("民宿"), _l("云栖溪畔民宿"))
STAY = (NUMBER, GUEST, ROOM, ARRIVES, NIGHTS, AMOUNT)


def _about_stay(order: StayOrder, happening: Happening) -> Told:
    values: dict[str, Any] = {
        "number": order.number, "guest": order.contact_name, "room": order.unit_name, "arrives": f"{order.arrives:%m-%d}", "nights": str(order.nights),
        "amount": yuan(order.payable),
    }
    return Told("StayOrderView.show", {"pk": order.id}, values, order.merchant_id, FRONT)


def _about_type(room_type: RoomType, happening: Happening) -> Told:
    return Told("RoomsPage.edit", {"pk": room_type.id}, {"room": room_type.name, "reason": happening.reason}, room_type.merchant_id, RUNNERS)


def _about_house(house: House, happening: Happening) -> Told:
    return Told("HousePage.index", values={"house": house.name, "reason": happening.reason}, merchant_id=house.merchant_id, roles=RUNNERS)


def _about_feed(feed: Feed, happening: Happening) -> Told:
    return Told("CalendarsPage.index", values={"number": feed.name, "nights": str(feed.clashes)}, merchant_id=feed.merchant_id, roles=FRONT)


def _to_guest(order: StayOrder, happening: Happening) -> Told:
    """The guest reads of the house, not of itself."""
    values: dict[str, Any] = {
        "number": order.number, "house": get(House, order.house_id).name, "room": order.unit_name, "arrives": f"{order.arrives:%m-%d}",
        "nights": str(order.nights), "amount": yuan(order.refunded), "reason": happening.reason,
    }
    return Told("pages/stays/order", {"id": order.id}, values, order.merchant_id, customer_id=order.customer_id)


def _code_to_guest(code: DoorCode, happening: Happening) -> Told:
    """Where the code is to be seen; the code itself is not written down a second time."""
    order = get(StayOrder, code.order_id)
    values = {"number": order.number, "house": get(House, order.house_id).name, "room": order.unit_name, "arrives": f"{order.arrives:%m-%d}"}
    return Told("pages/stays/order", {"id": order.id}, values, order.merchant_id, customer_id=order.customer_id)


NOTICES = (
    NoticeKind(
        "stays.waiting", _l("有预订等确认"), TO_FRONT, ("stays_order.pay",), _about_stay, _l("{guest} 订了 {room}，{arrives} 入住 {nights} 晚"),
        _l("订单 {number}，{amount}。不自动确认的，尽快确认有房。"), STAY, texted=True,
    ),
    NoticeKind(
        "stays.called_off", _l("客人取消预订"), TO_FRONT, ("stays_order.call_off",), _about_stay, _l("{guest} 取消了 {arrives} 的 {room}"),
        _l("订单 {number} 已按取消规则退款，房间可以再卖。"), STAY,
    ),
    NoticeKind(
        "stays.extended", _l("客人续住"), TO_FRONT, ("stays_order.extended",), _about_stay, _l("{guest} 续住 {room}"),
        _l("订单 {number}，共 {nights} 晚，合计 {amount}。"), STAY,
    ),
    NoticeKind(
        "stays.tomorrow", _l("明天有人入住"), TO_FRONT, ("stays_order.reminded",), _about_stay, _l("明天 {guest} 入住 {room}"),
        _l("订单 {number}，{nights} 晚。备好房间和钥匙。"), STAY,
    ),
    NoticeKind(
        "stays.no_show", _l("客人没有来"), TO_FRONT, ("stays_order.miss",), _about_stay, _l("{guest} 没有来住 {room}"),
        _l("订单 {number} 已按未到店处理，房间可以再卖。"), STAY,
    ),
    NoticeKind(
        "stays.clashed", _l("渠道日历撞房"), TO_FRONT, ("stays_feed.clashed",), _about_feed, _l("“{number}”的日历和这里的预订撞了"),
        _l("有 {nights} 段时间两边都卖了，联系渠道或客人换房。"), (Variable("number", _l("渠道"), _l("携程"), required=True), NIGHTS), texted=True,
    ),
    NoticeKind(
        "stays.type_rejected", _l("房型未通过审核"), TO_RUNNERS, ("stays_type.reject", "stays_type.change_rejected"), _about_type, _l("“{room}”未通过审核"),
        _l("“{room}”未通过：{reason}。改好后会再送审，也可以申诉。"), (ROOM, REASON),
    ),
    NoticeKind(
        "stays.type_recalled", _l("房型被送回重审"), TO_RUNNERS, ("stays_type.recall",), _about_type, _l("“{room}”停售，等重新审核"),
        _l("“{room}”要重新审核：{reason}。通过前不能预订。"), (ROOM, REASON),
    ),
    NoticeKind(
        "stays.house_taken_off", _l("民宿被下架"), TO_RUNNERS, ("stays_house.take_off",), _about_house, _l("{house}已被平台下架"),
        _l("{house}现在不能接单：{reason}"), (HOUSE, REASON), texted=True,
    ),
    NoticeKind(
        "stays.house_put_back", _l("民宿恢复上架"), TO_RUNNERS, ("stays_house.put_back",), _about_house, _l("{house}已恢复上架"),
        _l("{house}可以重新营业了。"), (HOUSE,),
    ),
    NoticeKind(
        "stays.confirmed", _l("订房成功"), TO_GUEST, ("stays_order.confirm",), _to_guest, _l("{house}：{arrives} 的房间订好了"),
        _l("订单 {number}，{room}，{nights} 晚。改期和取消的规则在订单里。"), (NUMBER, HOUSE, ROOM, ARRIVES, NIGHTS), customers=True,
    ),
    NoticeKind(
        "stays.turned_down", _l("没有房了"), TO_GUEST, ("stays_order.reject", "stays_order.time_out", "stays_order.abandon"), _to_guest,
        _l("{house}没能接待，{amount} 已退"), _l("订单 {number} 已取消，{amount} 原路退回。{reason}"), (NUMBER, HOUSE, AMOUNT, WHY), customers=True,
    ),
    NoticeKind(
        "stays.door_code", _l("门锁密码好了"), TO_GUEST, ("stays_door.issue",), _code_to_guest, _l("{house}：门锁密码好了"),
        _l("订单 {number}，{room}，{arrives} 入住。密码在订单里看，只在住的这几天有效。"), (NUMBER, HOUSE, ROOM, ARRIVES), customers=True,
    ),
)

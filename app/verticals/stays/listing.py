"""Room types as things on sale: what reviewers see of them, and what guests find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.kernel.approvals.rules import RISK_WORDS
from app.kernel.listings.kinds import Found, ListingKind
from app.verticals.stays.models import RoomType
from app.verticals.stays.models.houses import FACILITIES

FIELDS = {
    "name": _l("房型"), "description": _l("介绍"), "beds": _l("床"), "people": _l("可住人数"), "facilities": _l("设施"), "images": _l("图片"),
    "video": _l("视频"),
}
STAY_RISK_WORDS = ("最低价", "包过夜", "钟点", "免登记", "不登记", "无需证件", "不用身份证", "加微信")


def _readable(values: Mapping[str, Any]) -> dict[str, str]:
    facilities = "、".join(str(FACILITIES[each]) for each in values["facilities"] if each in FACILITIES)
    return {**{name: str(values[name]) for name in FIELDS}, "facilities": facilities, "images": " ".join(values["images"])}


def _found(room_type: RoomType) -> Found:
    house = room_type.house
    words = " ".join((house.name, house.region, house.address, room_type.beds, *(str(FACILITIES[each]) for each in room_type.facilities if each in FACILITIES)))
    return Found(f"{room_type.name} · {house.name}", words, room_type.base, (house.latitude, house.longitude), room_type.image)


TYPE_LISTING = ListingKind(
    "stays.type", _l("房型"), RoomType, FIELDS, readable=_readable, found=_found, label=lambda room_type: f"{room_type.name} · {room_type.house.name}",
    link=lambda key: f"/stays/types/{key}", words=(*RISK_WORDS, *STAY_RISK_WORDS), watched=frozenset({"name", "description", "images", "video", "people"}),
    minutes=240,
)

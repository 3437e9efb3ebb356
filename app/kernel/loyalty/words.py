"""How changes of points are called."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

MOVES = {
    "points_earned": _l("消费获得"), "points_spent": _l("抵扣付款"), "refunded_to_points": _l("退款退回"), "points_taken_back": _l("退款收回"),
    "points_expired": _l("到期"), "points_adjusted": _l("手工调整"),
}

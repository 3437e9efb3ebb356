"""Tables of stays: houses, rooms, prices, orders with their nights and guests, codes of doors, calendars of other channels."""

from app.verticals.stays.models.doors import DoorCode
from app.verticals.stays.models.feeds import Feed
from app.verticals.stays.models.houses import House
from app.verticals.stays.models.orders import Guest, StayNight, StayOrder
from app.verticals.stays.models.prices import PriceDay, PromotionRow, SeasonRow
from app.verticals.stays.models.rooms import RoomType, Unit

__all__ = ["DoorCode", "Feed", "Guest", "House", "PriceDay", "PromotionRow", "RoomType", "SeasonRow", "StayNight", "StayOrder", "Unit"]

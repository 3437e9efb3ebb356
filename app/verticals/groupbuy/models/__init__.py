"""Tables of group buying: zones and communities, leaders and suppliers, goods, rounds and their sheets, orders."""

from app.verticals.groupbuy.models.goods import Goods
from app.verticals.groupbuy.models.orders import GroupbuyOrder, RefundPhotos
from app.verticals.groupbuy.models.people import Community, Leader, Supplier, Zone
from app.verticals.groupbuy.models.rounds import Round, Sheet, SheetLine

__all__ = ["Community", "Goods", "GroupbuyOrder", "Leader", "RefundPhotos", "Round", "Sheet", "SheetLine", "Supplier", "Zone"]

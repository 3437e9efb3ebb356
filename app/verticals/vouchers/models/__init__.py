"""What vouchers keeps: malls, deals and where they hold, orders."""

from app.verticals.vouchers.models.deals import DealPlace, VoucherDeal
from app.verticals.vouchers.models.malls import Mall, MallStore
from app.verticals.vouchers.models.orders import VoucherOrder

__all__ = ["DealPlace", "Mall", "MallStore", "VoucherDeal", "VoucherOrder"]

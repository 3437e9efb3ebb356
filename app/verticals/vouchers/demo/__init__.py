"""The demo's mall: five weeks of vouchers sold, redeemed, refunded, and one campaign."""

from app.verticals.vouchers.demo.mall import fill

__all__ = ["fill"]

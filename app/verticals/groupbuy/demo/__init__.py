"""Four weeks of group buying in Qingxi, made through operations and the public API, dated, the same each time."""

from app.verticals.groupbuy.demo.town import fill

__all__ = ["fill"]

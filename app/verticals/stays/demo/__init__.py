"""The demo town's houses, made through the operations, dated, the same each time."""

from app.verticals.stays.demo.town import fill

__all__ = ["fill"]

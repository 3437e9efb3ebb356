"""The demo town's restaurants, made through the operations and the public API, dated, the same each time."""

from app.verticals.dining.demo.town import fill

__all__ = ["fill"]

"""Where an order is shown: each trade's manifest names its order view, packages below it link there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import current_app, url_for

from app.framework.console.page import may
from app.framework.console.seeing import hidden_names


def order_link(trade: str, order_id: int | None) -> str | None:
    """The address of the order's page; None when the reader may not open it or its trade is switched off."""
    if order_id is None:
        return None
    for manifest in current_app.extensions["manifests"]:
        if manifest.name == trade and manifest.order_view is not None and may(manifest.order_view, "show"):
            return url_for(f"{manifest.order_view.__name__}.show", pk=order_id)
    return None


def order_view_hides(trade: str, name: str, roles: Iterable[str]) -> bool:
    """True when the trade's order page does not show that column to any of the roles."""
    views = (manifest.order_view for manifest in current_app.extensions["manifests"] if manifest.name == trade and manifest.order_view)
    return any(name in hidden_names(view.name, roles) for view in views)


def orders_link(placed_at: str = "") -> str:
    """The address of the first list of orders that the reader may open, filtered by when they were placed; empty when there is none."""
    for manifest in current_app.extensions["manifests"]:
        if manifest.order_view is not None and may(manifest.order_view, "list"):
            return url_for(f"{manifest.order_view.__name__}.list", **({"placed_at": placed_at} if placed_at else {}))
    return ""


def orders_of_trade(trade: str, **asked: Any) -> str:
    """The address of the trade's list of orders, filtered as asked; empty when the reader may not open it or the trade is switched off."""
    for manifest in current_app.extensions["manifests"]:
        if manifest.name == trade and manifest.order_view is not None and may(manifest.order_view, "list"):
            return url_for(f"{manifest.order_view.__name__}.list", **asked)
    return ""


def trade_title(name: str) -> str:
    """The trade's title; its name when the trade is switched off."""
    return next((str(manifest.title) for manifest in current_app.extensions["manifests"] if manifest.name == name), name)

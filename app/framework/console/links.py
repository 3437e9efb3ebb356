"""Where an order is shown: each trade's manifest names its order view, packages below it link there."""

from __future__ import annotations

from flask import current_app, url_for

from app.framework.console.page import may


def order_link(trade: str, order_id: int | None) -> str | None:
    """The address of the order's page; None when the reader may not open it or its trade is switched off."""
    if order_id is None:
        return None
    for manifest in current_app.extensions["manifests"]:
        if manifest.name == trade and manifest.order_view is not None and may(manifest.order_view, "show"):
            return url_for(f"{manifest.order_view.__name__}.show", pk=order_id)
    return None

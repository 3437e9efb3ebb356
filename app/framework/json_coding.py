"""JSON for stored things: times and lazy messages become text, tagged where they must come back as they were."""

from __future__ import annotations

from typing import Any

import orjson


def encode(value: Any) -> str:
    """JSON text of plain values, times in RFC 3339, anything else by its words."""
    return orjson.dumps(value, default=str).decode()


def decode(stored: Any) -> dict[str, Any]:
    """The mapping again; the driver has already parsed JSONB."""
    return dict(stored) if isinstance(stored, dict) else orjson.loads(stored)

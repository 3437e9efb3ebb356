"""Places on the earth, in degrees (WGS 84), and how far apart they are."""

from __future__ import annotations

import math

EARTH_METRES = 6_371_000


def metres_between(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance in metres (haversine, mean radius 6,371 km)."""
    up, across = math.radians(other_latitude - latitude), math.radians(other_longitude - longitude)
    chord = math.sin(up / 2) ** 2 + math.cos(math.radians(latitude)) * math.cos(math.radians(other_latitude)) * math.sin(across / 2) ** 2
    return 2 * EARTH_METRES * math.asin(min(1.0, math.sqrt(chord)))


def box_around(latitude: float, longitude: float, metres: int) -> tuple[float, float, float, float]:
    """South, north, west, east in degrees of a box that holds every place within `metres`; the whole circle of longitude near the poles."""
    up = math.degrees(metres / EARTH_METRES)
    widest = min(89.9, max(abs(latitude - up), abs(latitude + up)))
    across = min(180.0, up / math.cos(math.radians(widest)))
    return latitude - up, latitude + up, longitude - across, longitude + across

"""The price list as it starts, of trades that bring no package of their own yet: when one comes, its lines move into its manifest.

The kernel reads these as data and never asks which trade it is. docs/decisions/0010-price-list.md says why they stand here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.framework.manifest import FeeDefault, Manifest
from app.kernel.commission.price_list import commerce, community, life, vertical

TITLES: Mapping[str, object] = {**life.TITLES, **community.TITLES, **commerce.TITLES, **vertical.TITLES}
DEFAULTS: Mapping[str, tuple[FeeDefault, ...]] = {**life.FEES, **community.FEES, **commerce.FEES, **vertical.FEES}


def default_fees(manifests: Iterable[Manifest]) -> dict[str, tuple[FeeDefault, ...]]:
    """Trade → its fees: those of its manifest, else those kept here."""
    return {**DEFAULTS, **{manifest.name: manifest.fees for manifest in manifests if manifest.fees}}

"""The price list is seeded, changed by two people, and frozen on orders."""

from app.kernel.commission.operations.freezing import Fee, NoBase, count_volume, freeze_fees, reckon_fees
from app.kernel.commission.operations.proposing import EndsBeforeStart, FallbackEnds, InThePast, Overlaps, OwnVersion, add_rule, propose_version
from app.kernel.commission.operations.seeding import seed_all
from app.kernel.commission.queries import NoRule

__all__ = [
    "EndsBeforeStart", "FallbackEnds", "Fee", "InThePast", "NoBase", "NoRule", "Overlaps", "OwnVersion", "add_rule", "count_volume", "freeze_fees",
    "propose_version", "reckon_fees", "seed_all",
]

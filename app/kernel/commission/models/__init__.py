"""The price list, its versions, and what they charged."""

from app.kernel.commission.models.charges import FeeLine, FeeVolume
from app.kernel.commission.models.price_list import ORDERING_FLOW, VERSION_FLOW, FeeKind, FeeOrdering, FeeRule, FeeRuleVersion

__all__ = ["ORDERING_FLOW", "VERSION_FLOW", "FeeKind", "FeeLine", "FeeOrdering", "FeeRule", "FeeRuleVersion", "FeeVolume"]

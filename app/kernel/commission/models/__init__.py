"""The price list, its versions, and what they charged."""

from app.kernel.commission.models.charges import FeeLine, FeeVolume
from app.kernel.commission.models.price_list import VERSION_FLOW, FeeKind, FeeRule, FeeRuleVersion

__all__ = ["VERSION_FLOW", "FeeKind", "FeeLine", "FeeRule", "FeeRuleVersion", "FeeVolume"]

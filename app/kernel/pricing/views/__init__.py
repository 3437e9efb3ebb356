"""The rule desk, its forms, the adjustments of months, and a merchant's own prices."""

from app.kernel.pricing.views.adjustments import AdjustmentView
from app.kernel.pricing.views.desk import OrderingView, RuleDeskView
from app.kernel.pricing.views.drafting import DraftingPage
from app.kernel.pricing.views.own_prices import OwnPricesPage
from app.kernel.pricing.views.trial import TrialPage

__all__ = ["AdjustmentView", "DraftingPage", "OrderingView", "OwnPricesPage", "RuleDeskView", "TrialPage"]

"""Plans, charges, deposits, advertising."""

from app.kernel.plans.models.catalogue import PLAN_FLOW, Plan
from app.kernel.plans.models.charges import CHARGE_FLOW, Charge, Deferral
from app.kernel.plans.models.deposits import DEPOSIT_FLOW, FINE_FLOW, Deposit, Fine
from app.kernel.plans.models.placements import BOOKING_FLOW, Booking, Hit, HitCount, Slot, SlotDay
from app.kernel.plans.models.subscriptions import SUBSCRIPTION_FLOW, Entitled, Subscription

__all__ = [
    "BOOKING_FLOW", "CHARGE_FLOW", "DEPOSIT_FLOW", "FINE_FLOW", "PLAN_FLOW", "SUBSCRIPTION_FLOW", "Booking", "Charge", "Deferral", "Deposit", "Entitled",
    "Fine", "Hit", "HitCount", "Plan", "Slot", "SlotDay", "Subscription",
]

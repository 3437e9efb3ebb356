"""Staff and members (FAB's users), merchants, memberships, invitations, customers, and server-side sessions."""

from app.kernel.parties.models.customers import Customer
from app.kernel.parties.models.invitations import INVITATION_FLOW, Invitation
from app.kernel.parties.models.merchants import MERCHANT_FLOW, Membership, Merchant
from app.kernel.parties.models.sessions import ConsoleSession, DemoRun, PhoneCode, SignInFailure
from app.kernel.parties.models.staff import StaffUser, Viewing

__all__ = [
    "INVITATION_FLOW",
    "MERCHANT_FLOW",
    "ConsoleSession",
    "Customer",
    "DemoRun",
    "Invitation",
    "Membership",
    "Merchant",
    "PhoneCode",
    "SignInFailure",
    "StaffUser",
    "Viewing",
]

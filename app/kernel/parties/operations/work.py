"""Members in the mini-program: an account is linked to a customer, whose token then opens the member's own work."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text, update

from app.core.actors import Actor, Scope
from app.core.errors import Refusal
from app.extensions import db
from app.kernel.audit.operations import append
from app.kernel.parties.models import StaffUser
from app.kernel.parties.operations.sign_in import check_credentials, check_second_factor, needs_second_factor
from app.kernel.parties.security import Place, memberships_of


class NoPlace(Refusal):
    """The customer is linked to no account that works for a merchant, or not for the one that was named."""

    code = "member.no_place"
    status = 403
    sentence = _l("这个微信还没有连到商户的工作账号，先用工作账号连一次")


class SeveralPlaces(Refusal):
    """The person works for several merchants and did not say for which."""

    code = "member.several_places"
    status = 409
    sentence = _l("你在几家商户任职，先选这次替哪一家做事")


def link_account(customer_id: int, username: str, password: str, *, code: str = "", address: str, now: datetime) -> StaffUser:
    """The member's account works from this customer's mini-program, and from no other. Runs elevated.

    Proven as a sign-in to the console is, with `code` of the authenticator for those who enrolled. Raises SignInRefused, LockedOut, WrongSecondFactor;
    NoPlace for accounts of the platform and for those who work nowhere.
    """
    with db.session.no_autoflush:  # the slow part is before the lock, and no row is written before it
        user = check_credentials(username, password, address=address, now=now)
        if user.roles or not memberships_of(user.id):
            raise NoPlace(field="username")
        if needs_second_factor(user):
            check_second_factor(user, code, address=address, now=now)
        hold_links()
    return link(user, customer_id, address=address, now=now)


def hold_links() -> None:
    """Nobody else links until the transaction ends: a link may end two others, so that rows alone would be locked in a circle. Call it before
    an account is written."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('member links'))"))


def link(user: StaffUser, customer_id: int, *, address: str, now: datetime) -> StaffUser:
    """What account and customer were linked to before ends. Runs elevated, after `hold_links`."""
    db.session.execute(update(StaffUser).where(StaffUser.customer_id == customer_id, StaffUser.id != user.id).values(customer_id=None))
    user.customer_id = customer_id
    append("user.linked", user, actor=Actor("member", user.id, user.label, address=address), now=now, changes={"customer_id": [None, customer_id]})
    db.session.flush()
    return user


def account_of_customer(customer_id: int) -> StaffUser | None:
    """The account that works from the customer's mini-program. Runs elevated."""
    mine = select(StaffUser).where(StaffUser.customer_id == customer_id, StaffUser.active, ~StaffUser.roles.any())
    return db.session.scalars(mine).one_or_none()


def work_of_customer(customer_id: int) -> list[Place]:
    """Where that account works. Runs elevated."""
    user = account_of_customer(customer_id)
    return memberships_of(user.id) if user else []


def member_of_customer(customer: Actor, merchant: str) -> Actor:
    """The customer as a member of the merchant whose id is `merchant`; of the only one when none is named. Raises NoPlace, SeveralPlaces. Runs elevated."""
    user = account_of_customer(customer.id or 0)
    places = [place for place in memberships_of(user.id) if merchant in ("", str(place.merchant_id))] if user else []
    if user is None or not places:
        raise NoPlace
    if len(places) > 1:
        raise SeveralPlaces
    return Actor("member", user.id, user.label, places[0].roles, Scope("merchant", places[0].merchant_id), customer.address)

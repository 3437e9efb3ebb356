"""Members in the mini-program: link the account of the console once, see where one works; the same token then acts for the merchant."""

from __future__ import annotations

from datetime import datetime

from flask import request
from flask_babel import lazy_gettext as _l
from pydantic import Field

from app.core.actors import Actor
from app.framework.database import elevated
from app.framework.json_api.endpoint import MERCHANT_HEADER, Answer, Body, authenticate_with
from app.kernel.parties.api import api
from app.kernel.parties.api.sign_in import customer_of_request
from app.kernel.parties.operations.sign_in import LockedOut, SignInRefused, WrongSecondFactor
from app.kernel.parties.operations.work import NoPlace, link_account, member_of_customer, work_of_customer
from app.kernel.parties.security import Place


class AccountIn(Body):
    """An account of the console; `code` is what its authenticator shows, for those who have one."""

    username: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=128)
    code: str = Field("", max_length=7, pattern=r"^[0-9 ]*$")


class WorkOut(Answer):
    """A merchant that one works for, as what, and in which trades. Its id goes into `X-Merchant`, for people of several."""

    merchant_id: int
    name: str
    role: str
    status: str
    trades: list[str]


class WorkList(Answer):
    """Where one works; nothing for those who only buy."""

    items: list[WorkOut]


@api.get("/work", summary=_l("我替谁做事"), who="customer", response=WorkList)
def list_work(actor: Actor, now: datetime) -> WorkList:
    """The merchants for which the linked account works."""
    with elevated():
        return _list(work_of_customer(actor.id or 0))


@api.post(
    "/work", summary=_l("连上工作账号"), who="customer", request=AccountIn, response=WorkList, errors=(SignInRefused, LockedOut, WrongSecondFactor, NoPlace),
)
def link_work(body: AccountIn, actor: Actor, now: datetime) -> WorkList:
    """Link the console's account to this mini-program. Signing out everywhere and a change of the password end it."""
    with elevated():
        link_account(actor.id or 0, body.username, body.password, code=body.code, address=request.remote_addr or "", now=now)
        return _list(work_of_customer(actor.id or 0))


def _list(places: list[Place]) -> WorkList:
    return WorkList(items=[WorkOut.model_validate(place) for place in places])


def member_of_request() -> Actor:
    """The member who holds the customer's token of the request. Raises TokenRefused, NoPlace, SeveralPlaces."""
    customer = customer_of_request()
    with elevated():
        return member_of_customer(customer, request.headers.get(MERCHANT_HEADER, "").strip())


authenticate_with("member", member_of_request)

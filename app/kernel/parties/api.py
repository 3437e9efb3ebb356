"""Sign-in over the API: customers by WeChat code or phone code, members of merchants by password and second factor; who am I; sign out."""

from __future__ import annotations

from datetime import datetime

from flask import current_app, request
from flask_babel import lazy_gettext as _l
from pydantic import Field

from app.core import clock
from app.core.actors import Actor
from app.framework.console.rights import IN_TRADE
from app.framework.database import elevated, get, lock, plan_once
from app.framework.json_api import Api
from app.framework.json_api.endpoint import Answer, Body, authenticate_with
from app.kernel.parties.channels.accounts import wechat_login
from app.kernel.parties.channels.wechat_login import LoginCodeInvalid, LoginUnavailable
from app.kernel.parties.models import Customer
from app.kernel.parties.operations.customers import (
    TOKEN_LIVES,
    TokenRefused,
    actor_of_token,
    customer_of_openid,
    customer_of_phone,
    issue_token,
    sign_out_everywhere,
)
from app.kernel.parties.operations.member_tokens import MARK, CodeNeeded, NoPlace, actor_of_member_token, end_member_token, lives, sign_in_member
from app.kernel.parties.operations.phone_codes import CodeTooSoon, NotAPhone, WrongPhoneCode, send_phone_code
from app.kernel.parties.operations.sign_in import LockedOut, SignInRefused, WrongSecondFactor

api = Api("sign_in", "/api/v1", _l("登录"))


class WechatCode(Body):
    """What `wx.login` gave the mini-program."""

    code: str = Field(min_length=1, max_length=128, examples=["demo-li"])


class PhoneNumber(Body):
    """A mainland mobile number."""

    phone: str = Field(min_length=11, max_length=11, pattern=r"^[0-9]{11}$", examples=["13800138000"])


class PhoneSignIn(PhoneNumber):
    """The number and the six digits sent to it."""

    code: str = Field(min_length=6, max_length=6, pattern=r"^[0-9]{6}$")


class NameChange(Body):
    """How the customer wants to be called."""

    name: str = Field(min_length=1, max_length=40)


class MemberSignIn(Body):
    """As in the console. `code` for who has a second factor; `merchant_id` for who works at several."""

    username: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=200)
    code: str = Field("", max_length=6, pattern=r"^([0-9]{6})?$")
    merchant_id: int | None = Field(None, ge=1, le=2**53)


class Workplace(Answer):
    """A merchant at which the member works, and as what."""

    merchant_id: int
    name: str
    role: str


class Member(Answer):
    """The member who holds the token, and for whom it acts."""

    id: int
    name: str
    merchant_id: int
    roles: list[str]


class MemberToken(Answer):
    """Send it as `Authorization: Bearer …`; it lives `expires_in` seconds, or until the password changes or the session is ended in the console."""

    token: str
    expires_in: int
    member: Member
    places: list[Workplace]


class Token(Answer):
    """Send it as `Authorization: Bearer …`; it lives `expires_in` seconds."""

    token: str
    expires_in: int
    customer_id: int


class Sent(Answer):
    """The code is on its way and lives `expires_in` seconds."""

    expires_in: int


class Me(Answer):
    """The customer who holds the token."""

    id: int
    name: str
    phone: str


@api.post("/sign-in/wechat", summary=_l("用微信登录"), who="public", request=WechatCode, response=Token, errors=(LoginCodeInvalid, LoginUnavailable))
def sign_in_wechat(body: WechatCode, actor: Actor, now: datetime) -> Token:
    """Exchange a `wx.login` code for a token. The first sign-in makes the customer."""
    openid = wechat_login(current_app).openid_for(body.code)
    with elevated():
        return _token(customer_of_openid(openid, now=now), now)


@api.post("/sign-in/phone-code", summary=_l("发送手机验证码"), who="public", request=PhoneNumber, response=Sent, errors=(NotAPhone, CodeTooSoon))
def send_code(body: PhoneNumber, actor: Actor, now: datetime) -> Sent:
    """Send six digits by text message; once a minute, five times an hour."""
    with elevated():
        send_phone_code(body.phone, "sign_in", address=request.remote_addr or "", now=now)
    return Sent(expires_in=300)


@api.post("/sign-in/phone", summary=_l("用手机验证码登录"), who="public", request=PhoneSignIn, response=Token, errors=(WrongPhoneCode,))
def sign_in_phone(body: PhoneSignIn, actor: Actor, now: datetime) -> Token:
    """Exchange the digits for a token; five wrong tries spend the code."""
    with elevated():
        return _token(customer_of_phone(body.phone, body.code, now=now), now)


@api.get("/me", summary=_l("我是谁"), who="customer", response=Me)
def me(actor: Actor, now: datetime) -> Me:
    """The customer behind the token; the phone is masked."""
    customer = get(Customer, actor.id)
    return Me(id=customer.id, name=customer.name, phone=customer.phone_masked)


@api.post("/me/name", summary=_l("改名字"), who="customer", request=NameChange, response=Me)
def rename(body: NameChange, actor: Actor, now: datetime) -> Me:
    """Say how shops should call you."""
    customer = lock(Customer, actor.id)
    customer.name = body.name
    return Me(id=customer.id, name=customer.name, phone=customer.phone_masked)


@api.post("/sign-out", summary=_l("退出所有设备"), who="customer")
def sign_out(actor: Actor, now: datetime) -> None:
    """Void every token of this customer."""
    sign_out_everywhere(lock(Customer, actor.id))


@api.post(
    "/members/sign-in", summary=_l("商户成员登录"), who="public", request=MemberSignIn, response=MemberToken,
    errors=(SignInRefused, LockedOut, CodeNeeded, WrongSecondFactor, NoPlace),
)
def sign_in_as_member(body: MemberSignIn, actor: Actor, now: datetime) -> MemberToken:
    """Exchange name, password, and the six digits for a token. It can do what the member's role does in the console."""
    with elevated():
        token, member, places = sign_in_member(
            body.username, body.password, code=body.code, merchant_id=body.merchant_id, address=request.remote_addr or "",
            agent=request.user_agent.string or "", now=now,
        )
    return MemberToken(
        token=token, expires_in=int(lives().total_seconds()), member=_member(member),
        places=[Workplace(merchant_id=place.merchant_id, name=place.name, role=place.role) for place in places],
    )


@api.get("/members/me", summary=_l("我是哪家的成员"), who="member", response=Member)
def member_me(actor: Actor, now: datetime) -> Member:
    """The member behind the token."""
    return _member(actor)


@api.post("/members/sign-out", summary=_l("成员退出"), who="member")
def sign_out_member(actor: Actor, now: datetime) -> None:
    """Void this token."""
    with elevated():
        end_member_token(_bearer())


def _member(actor: Actor) -> Member:
    roles = sorted(role for role in actor.roles if not role.startswith(IN_TRADE))
    return Member(id=actor.id or 0, name=actor.name, merchant_id=actor.merchant_id or 0, roles=roles)


def _token(customer: Customer, now: datetime) -> Token:
    return Token(token=issue_token(customer, now=now), expires_in=int(TOKEN_LIVES.total_seconds()), customer_id=customer.id)


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenRefused
    return token.strip()


def customer_of_request() -> Actor:
    """The customer whose token the Authorization header holds. Raises TokenRefused."""
    token = _bearer()
    plan_once()  # what is a customer's own is found by key, whoever it is
    with elevated():
        return actor_of_token(token, address=request.remote_addr or "")


def member_of_request() -> Actor:
    """The member whose token the Authorization header holds. Raises TokenRefused."""
    token = _bearer()
    if not token.startswith(MARK):
        raise TokenRefused
    with elevated():
        return actor_of_member_token(token, address=request.remote_addr or "", now=clock.now())


authenticate_with("customer", customer_of_request)
authenticate_with("member", member_of_request)

"""What mini-programs send to apply for a trade, and what they get."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body


class JoinPhoneIn(Body):
    """The number to which the code goes."""

    phone: str = Field(min_length=11, max_length=11, pattern=r"^[0-9]{11}$", examples=["13800138000"])


class JoinCodeOut(Answer):
    """The code is on its way and lives `expires_in` seconds."""

    expires_in: int


class JoinIn(JoinPhoneIn):
    """A newcomer: the trade, how customers are to call the merchant, the person, the code sent to the phone, and the account that is made for the
    console too."""

    trade: str = Field(min_length=1, max_length=30)
    name: str = Field(min_length=1, max_length=60)
    last_name: str = Field(min_length=1, max_length=20)
    first_name: str = Field(min_length=1, max_length=20)
    code: str = Field(min_length=6, max_length=6, pattern=r"^[0-9]{6}$")
    username: str = Field(min_length=3, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")
    password: str = Field(min_length=1, max_length=128)


class ApplicationIn(Body):
    """What is filled in so far; what is missing may wait until it is handed in. `legal_person` and `bank_account` left empty keep what is there. `answers`
    are those to the fields of staff, by name. `version` is the one that was read."""

    category: str = Field("", max_length=30)
    company: str = Field("", max_length=80)
    credit_code: str = Field("", max_length=18)
    legal_person: str = Field("", max_length=20)
    contact_name: str = Field("", max_length=40)
    contact_phone: str = Field("", max_length=20)
    address: str = Field("", max_length=120)
    bank_name: str = Field("", max_length=60)
    bank_account: str = Field("", max_length=40)
    answers: dict[str, str | int | bool | None] = Field(default_factory=dict, max_length=60)
    version: int = Field(ge=1, le=2**31 - 1)


class ChoiceOut(Answer):
    """Something to choose: what is sent, and its words."""

    name: str
    label: str


class FieldOut(Answer):
    """A field of staff, for everybody or for one `category`."""

    name: str
    label: str
    kind: str
    required: bool
    choices: list[str]
    category: str
    help: str


class DemandOut(Answer):
    """A kind of document that the trade demands: up to `many` of it, with its last valid day when it `expires`."""

    kind: str
    label: str
    required: bool
    expires: bool
    many: int


class DocumentOut(Answer):
    """A document that was handed in."""

    id: int
    kind: str
    number: str
    status: str
    expires_on: date | None


class MissingOut(Answer):
    """Why it cannot be handed in yet: the field or document, and a sentence."""

    field: str
    code: str
    message: str


class ApplicationOut(Answer):
    """An application: where it stands and what the reviewer said, what was filled in (personal values masked), what can be chosen and must be handed in,
    and what is `missing` while it can be changed (`editable`)."""

    trade: str
    merchant_id: int
    status: str
    status_words: str
    reason: str
    editable: bool
    version: int
    submitted_at: datetime | None
    category: str
    categories: list[ChoiceOut]
    values: dict[str, str]
    answers: dict[str, Any]
    fields: list[FieldOut]
    demands: list[DemandOut]
    documents: list[DocumentOut]
    missing: list[MissingOut]

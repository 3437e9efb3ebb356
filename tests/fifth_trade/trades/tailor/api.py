"""Alterations and orders for the mini-program."""

from __future__ import annotations

from datetime import datetime

from app.verticals.tailor.operations import order
from pydantic import Field

from app.core.actors import Actor
from app.core.errors import NotFound
from app.framework.json_api import Api
from app.framework.json_api.endpoint import Answer, Body

api = Api("tailor", "/api/v1/tailor", "改衣")


class OrderIn(Body):
    """What, how many pieces, and whether by tomorrow."""

    alteration_id: int = Field(ge=1, le=2**53)
    pieces: int = Field(ge=1, le=99)
    hurry: bool = False


class OrderOut(Answer):
    """The order as it stands; amounts in fen."""

    id: int
    number: str
    status: str
    payable: int


@api.post("/orders", summary="下单", who="customer", request=OrderIn, response=OrderOut, status=201, idempotent=True, errors=(NotFound,))
def place(body: OrderIn, actor: Actor, now: datetime) -> OrderOut:
    """Order alterations."""
    return OrderOut.model_validate(order(body.alteration_id, body.pieces, hurry=body.hurry, actor=actor, now=now))

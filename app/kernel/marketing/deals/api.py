"""A customer's door to deals: what runs, which groups can be joined. Units and seats are taken when ordering."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import NotFound
from app.core.identifiers import masked_name
from app.framework.database import elevated
from app.framework.json_api import Api
from app.kernel.marketing.deals import schemas
from app.kernel.marketing.deals.models import GROUP_FLOW, Deal, Team
from app.kernel.marketing.deals.queries import coming_deals, group_of_code, open_groups, running_deals

deals_api = Api("deals", "/api/v1/deals", _l("秒杀和拼团"))


@deals_api.get("", summary=_l("进行中的活动"), who="public", query=schemas.DealQuery, response=schemas.DealList)
def list_deals(query: schemas.DealQuery, actor: Actor, now: datetime) -> schemas.DealList:
    """Seckills and group prices of the trade, running and coming."""
    with elevated():
        found, later = running_deals(query.trade, now), coming_deals(query.trade, now)
        return schemas.DealList(running=[deal_out(each) for each in found], coming=[deal_out(each) for each in later])


@deals_api.get("/<int:deal_id>/groups", summary=_l("能加入的团"), who="public", response=schemas.GroupList)
def list_groups(deal_id: int, actor: Actor, now: datetime) -> schemas.GroupList:
    """Open groups of the deal that have a seat, those that close soonest first."""
    with elevated():
        return schemas.GroupList(items=[group_out(each) for each in open_groups(deal_id, now)])


@deals_api.get("/groups/<code>", summary=_l("团的进度"), who="public", response=schemas.GroupOut, errors=(NotFound,))
def show_group(code: str, actor: Actor, now: datetime) -> schemas.GroupOut:
    """How far the group has come."""
    with elevated():
        found = group_of_code(code[:12])
        if found is None:
            raise NotFound
        return group_out(found)


def deal_out(deal: Deal) -> schemas.DealOut:
    """The deal in the API's words."""
    return schemas.DealOut(
        id=deal.id, kind=deal.kind, subject_id=deal.subject_id, title=deal.title, rule=deal.rule, list_price=deal.list_price, price=deal.price,
        left=deal.left, per_customer=deal.per_customer, size=deal.size, begins_at=deal.begins_at, ends_at=deal.ends_at,
    )


def group_out(group: Team) -> schemas.GroupOut:
    """The group in the API's words."""
    return schemas.GroupOut(
        code=group.code, deal_id=group.deal_id, status=group.status, status_words=str(GROUP_FLOW.state(group.status).label), size=group.size,
        seats=group.seats, paid=group.paid, opened_by=masked_name(group.opener.name), closes_at=group.closes_at,
    )

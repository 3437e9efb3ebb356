"""Find a community, see its leaders, look at goods."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import NotFound
from app.framework.database import elevated, get
from app.framework.json_api.cursors import BadCursor
from app.kernel.files.links import public_address
from app.kernel.marketing.deals.api import deal_out
from app.kernel.marketing.deals.models import Deal
from app.kernel.marketing.deals.queries import running_deals
from app.verticals.groupbuy import schemas
from app.verticals.groupbuy.api import api
from app.verticals.groupbuy.models import Goods, Leader
from app.verticals.groupbuy.queries import TRADE, communities_near, goods_on_sale, leader_with_code, leaders_in
from app.verticals.groupbuy.rules import next_cutoff


@api.get("/communities", summary=_l("附近的小区"), who="public", query=schemas.NearQuery, response=schemas.CommunityList)
def list_communities(query: schemas.NearQuery, actor: Actor, now: datetime) -> schemas.CommunityList:
    """Communities with a leader who takes orders, the nearest first."""
    latitude, longitude = (float(part) for part in query.near.split(","))
    found = communities_near(latitude, longitude, most=query.limit)
    return schemas.CommunityList(items=[schemas.CommunityOut(**row) for row in found])


@api.get("/communities/<int:community_id>/leaders", summary=_l("小区的团长"), who="public", response=schemas.LeaderList)
def list_leaders(community_id: int, actor: Actor, now: datetime) -> schemas.LeaderList:
    """Who serves the community."""
    return schemas.LeaderList(items=[schemas.LeaderOut(**_leader(each, now)) for each in leaders_in(community_id)])


@api.get("/leaders/<code>", summary=_l("团长主页"), who="public", response=schemas.LeaderPage, etag=True, errors=(NotFound,))
def show_leader(code: str, actor: Actor, now: datetime) -> schemas.LeaderPage:
    """The leader to whom a share code leads, with the deals that run."""
    leader = leader_with_code(code)
    if leader is None:
        raise NotFound
    with elevated():
        return schemas.LeaderPage(**_leader(leader, now), deals=[deal_out(each) for each in running_deals(TRADE, now)])


@api.get("/goods", summary=_l("在卖的商品，可搜"), who="public", query=schemas.GoodsQuery, response=schemas.GoodsPage, errors=(BadCursor,))
def list_goods(query: schemas.GoodsQuery, actor: Actor, now: datetime) -> schemas.GoodsPage:
    """Newest first; `q` finds in Chinese, best match first."""
    found, mark = goods_on_sale(words=query.q, category=query.category, after=query.after, limit=query.limit)
    with elevated():
        deals = running_deals(TRADE, now, [goods.id for goods in found]) if found else []
        return schemas.GoodsPage(items=[_goods(goods, deals) for goods in found], next=mark)


@api.get("/goods/<int:goods_id>", summary=_l("商品详情"), who="public", response=schemas.GoodsOut, etag=True)
def show_goods(goods_id: int, actor: Actor, now: datetime) -> schemas.GoodsOut:
    """The good with its seckills and group prices."""
    goods = get(Goods, goods_id)
    with elevated():
        return _goods(goods, running_deals(TRADE, now, [goods.id]))


def _leader(leader: Leader, now: datetime) -> dict[str, object]:
    community = leader.community
    is_open = leader.status == "open" and community is not None and community.active
    zone = community.zone if community else None
    return {
        "share_code": leader.share_code, "name": leader.name, "community_id": leader.community_id, "community": community.name if community else "",
        "point": leader.point, "hours": leader.hours, "notice": leader.notice, "delivers": leader.delivers, "open": is_open,
        "cutoff_at": next_cutoff(zone.cutoff_minute, zone.days, now) if zone and is_open else None,
    }


def _goods(goods: Goods, deals: list[Deal]) -> schemas.GoodsOut:
    return schemas.GoodsOut(
        id=goods.id, title=goods.title, spec=goods.spec, category=goods.category, description=goods.description, image=public_address(goods.image),
        images=[address for key in goods.images if (address := public_address(key))], price=goods.sale_price, left=goods.stock, each=goods.each,
        sold=goods.sold, deals=[deal_out(deal) for deal in deals if deal.subject_id == goods.id],
    )

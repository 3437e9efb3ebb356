"""Malls and deals: look around, search, read one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload

from app.core.actors import Actor
from app.core.errors import NotFound
from app.extensions import db
from app.framework.database import elevated
from app.framework.json_api.cursors import BadCursor
from app.kernel.files.links import public_address
from app.kernel.listings.search import Question, search
from app.kernel.redemption.models import RedeemStore
from app.verticals.vouchers import schemas
from app.verticals.vouchers.api import api
from app.verticals.vouchers.models import Mall, VoucherDeal
from app.verticals.vouchers.models.deals import KINDS
from app.verticals.vouchers.queries import deals_on_sale, open_malls, stores_of_deal
from app.verticals.vouchers.rules import ends_at

SEARCHED = 500


@api.get("/malls", summary=_l("商场"), who="public", response=schemas.MallList, etag=True)
def list_malls(actor: Actor, now: datetime) -> schemas.MallList:
    """Every mall with its stores."""
    with elevated():
        return schemas.MallList(items=[_mall(mall) for mall in open_malls()])


@api.get("/deals", summary=_l("附近的团购，搜团购"), who="public", query=schemas.VoucherDealQuery, response=schemas.VoucherDealPage, errors=(BadCursor,))
def list_deals(query: schemas.VoucherDealQuery, actor: Actor, now: datetime) -> schemas.VoucherDealPage:
    """Deals on sale: nearest first with `near`, newest first without; `q` searches titles, descriptions, merchants and stores in Chinese."""
    latitude, longitude = (float(part) for part in query.near.split(",")) if query.near else (0.0, 0.0)
    wanted = None
    if query.q:
        entries, _mark = search(Question(query.q, trade="vouchers", kind="vouchers.deal"), limit=SEARCHED)
        wanted = [entry["subject_id"] for entry in entries]
    found, mark = deals_on_sale(
        place=(latitude, longitude) if query.near else None, mall_id=query.mall, merchant_id=query.merchant, kind=query.kind, wanted=wanted,
        after=query.after, limit=query.limit,
    )
    items = [schemas.VoucherDealCard(**{**row, "cover": public_address(row["images"][0]) if row["images"] else None}) for row in found]
    return schemas.VoucherDealPage(items=items, next=mark)


@api.get("/deals/<int:deal_id>", summary=_l("团购详情"), who="public", response=schemas.VoucherDealOut, etag=True)
def show_deal(deal_id: int, actor: Actor, now: datetime) -> schemas.VoucherDealOut:
    """What is bought, what it costs, until when codes bought now hold, and where they can be used."""
    with elevated():
        deal = db.session.get(VoucherDeal, deal_id, options=[joinedload(VoucherDeal.merchant)])
        if deal is None or deal.status != "on_sale":
            raise NotFound
        return schemas.VoucherDealOut(
            id=deal.id, merchant_id=deal.merchant_id, merchant=deal.merchant.name, kind=deal.kind, kind_words=str(KINDS[deal.kind]), title=deal.title,
            description=deal.description, images=[address for key in deal.images if (address := public_address(key))], price=deal.price,
            market_price=deal.market_price, uses=deal.uses, sold=deal.sold, left=deal.left, per_customer=deal.per_customer, valid_days=deal.valid_days,
            last_day=deal.last_day, valid_until=ends_at(now, deal.valid_days, deal.last_day), closed_weekdays=deal.closed_weekdays,
            closed_days=deal.closed_days, stores=[store_out(store) for store in stores_of_deal(deal.id)],
        )


def store_out(store: RedeemStore, **more: Any) -> schemas.VoucherStoreOut:
    """The store in the API's words; its merchant is loaded."""
    kind = schemas.MallStoreOut if more else schemas.VoucherStoreOut
    return kind(
        id=store.id, merchant_id=store.merchant_id, merchant=store.merchant.name, name=store.name, address=store.address, phone=store.phone,
        hours=store.hours, latitude=store.latitude, longitude=store.longitude, **more,
    )


def _mall(mall: Mall) -> schemas.MallOut:
    return schemas.MallOut(
        id=mall.id, name=mall.name, address=mall.address, notice=mall.notice, latitude=mall.latitude, longitude=mall.longitude,
        stores=[store_out(spot.store, place=spot.place) for spot in mall.stores if spot.store.status == "open"],
    )

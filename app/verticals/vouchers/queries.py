"""Reads of deals, malls, and orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import joinedload, selectinload

from app.extensions import db
from app.framework.database import elevated
from app.framework.json_api.cursors import cursor_of, mark_of
from app.kernel.redemption.models import RedeemStore
from app.verticals.vouchers.models import DealPlace, Mall, MallStore, VoucherDeal, VoucherOrder


def store_ids_of(deal_id: int) -> list[int]:
    """The open stores that take the deal, of whatever merchant, by id."""
    return [store.id for store in stores_of_deal(deal_id)]


def stores_of_deal(deal_id: int) -> list[RedeemStore]:
    """The same as records, with their merchants."""
    with elevated():
        takes = select(DealPlace.store_id).where(DealPlace.deal_id == deal_id, DealPlace.status == "accepted")
        statement = select(RedeemStore).where(RedeemStore.id.in_(takes), RedeemStore.status == "open").options(joinedload(RedeemStore.merchant))
        return list(db.session.scalars(statement.order_by(RedeemStore.id)))


def partners_of_deal(deal_id: int) -> list[DealPlace]:
    """Every store that was ever asked to take the deal, with merchant and state."""
    with elevated():
        statement = select(DealPlace).where(DealPlace.deal_id == deal_id).options(joinedload(DealPlace.store).joinedload(RedeemStore.merchant))
        return list(db.session.scalars(statement.order_by(DealPlace.id)))


def stores_to_choose(merchant_id: int) -> dict[int, str]:
    """Id → name of the merchant's open stores, and of others' in the same malls: where its deals could be used."""
    with elevated():
        malls = select(MallStore.mall_id).join(RedeemStore, RedeemStore.id == MallStore.store_id).where(RedeemStore.merchant_id == merchant_id)
        neighbours = select(MallStore.store_id).where(MallStore.mall_id.in_(malls))
        statement = select(RedeemStore).where(RedeemStore.status == "open", (RedeemStore.merchant_id == merchant_id) | RedeemStore.id.in_(neighbours))
        found = db.session.scalars(statement.options(joinedload(RedeemStore.merchant)).order_by(RedeemStore.merchant_id != merchant_id, RedeemStore.id)).all()
        return {store.id: store.name if store.merchant_id == merchant_id else f"{store.merchant.name} · {store.name}" for store in found}


_DEALS = """
    SELECT deal.id, deal.merchant_id, merchant.name AS merchant, deal.kind, deal.title, deal.price, deal.market_price, deal.uses, deal.sold,
           deal.quantity - deal.sold AS left, deal.images, near.metres, near.store
    FROM vouchers_deal AS deal JOIN party_merchant AS merchant ON merchant.id = deal.merchant_id
    JOIN LATERAL (
        SELECT store.name AS store, CASE WHEN CAST(:latitude AS float) IS NULL THEN 0 ELSE round(2 * 6371000 * asin(least(1, sqrt(
                   power(sin(radians(store.latitude - :latitude) / 2), 2)
                   + cos(radians(:latitude)) * cos(radians(store.latitude)) * power(sin(radians(store.longitude - :longitude) / 2), 2))))) END::bigint AS metres
        FROM vouchers_deal_store AS place JOIN redeem_store AS store ON store.id = place.store_id AND store.status = 'open'
        LEFT JOIN vouchers_mall_store AS spot ON spot.store_id = store.id
        WHERE place.deal_id = deal.id AND place.status = 'accepted' AND (CAST(:mall AS bigint) IS NULL OR spot.mall_id = :mall)
        ORDER BY metres, store.id LIMIT 1
    ) AS near ON true
    WHERE deal.status = 'on_sale' AND (deal.last_day IS NULL OR deal.last_day >= (now() AT TIME ZONE 'Asia/Shanghai')::date)
      AND (CAST(:kind AS text) IS NULL OR deal.kind = :kind) AND (CAST(:merchant AS bigint) IS NULL OR deal.merchant_id = :merchant)
      AND (CAST(:wanted AS bigint[]) IS NULL OR deal.id = ANY (CAST(:wanted AS bigint[])))
      AND (CAST(:rank AS bigint) IS NULL OR (CASE WHEN CAST(:latitude AS float) IS NULL THEN -deal.id ELSE near.metres END, deal.id) > (:rank, :key))
    ORDER BY CASE WHEN CAST(:latitude AS float) IS NULL THEN -deal.id ELSE near.metres END, deal.id LIMIT :limit
"""


def deals_on_sale(
    *, place: tuple[float, float] | None, mall_id: int | None, merchant_id: int | None, kind: str | None, wanted: Sequence[int] | None, after: str | None,
    limit: int,
) -> tuple[list[dict[str, Any]], str | None]:
    """Deals and the mark of the next page: by the nearest store that takes them, the newest first without a place. Refuses BadCursor.

    `wanted` are the ids that a search found; None asks for all. Runs elevated: a deal may be used at stores of others.
    """
    rank, key = cursor_of(after) if after else (None, None)
    with elevated():
        rows = db.session.execute(text(_DEALS), {
            "latitude": place[0] if place else None, "longitude": place[1] if place else None, "mall": mall_id, "merchant": merchant_id, "kind": kind,
            "wanted": list(wanted) if wanted is not None else None, "rank": rank, "key": key, "limit": limit + 1,
        }).mappings().all()
    found = [{**row, "metres": row["metres"] if place else None} for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return found, mark_of(last["metres"] if place else -last["id"], last["id"]) if last else None


def open_malls() -> list[Mall]:
    """Malls that customers look into, with their stores."""
    with elevated():
        statement = select(Mall).where(Mall.status == "open").options(selectinload(Mall.stores).joinedload(MallStore.store).joinedload(RedeemStore.merchant))
        return list(db.session.scalars(statement.order_by(Mall.id)))


def spots_of(mall_id: int) -> list[MallStore]:
    """The stores of the mall with their merchants and places."""
    statement = select(MallStore).where(MallStore.mall_id == mall_id).options(joinedload(MallStore.store).joinedload(RedeemStore.merchant))
    return list(db.session.scalars(statement.order_by(MallStore.id)))


def stores_outside_malls() -> dict[int, str]:
    """Id → `商户 · 门店` of open stores in no mall, for staff to put into one."""
    outside = RedeemStore.id.not_in(select(MallStore.store_id))
    statement = select(RedeemStore).where(RedeemStore.status == "open", outside).options(joinedload(RedeemStore.merchant))
    return {store.id: f"{store.merchant.name} · {store.name}" for store in db.session.scalars(statement.order_by(RedeemStore.id).limit(500))}


def orders_of_customer(customer_id: int, *, after: int | None, limit: int) -> Sequence[VoucherOrder]:
    """What the customer bought, newest first, before the order `after`; not what redemptions became."""
    statement = select(VoucherOrder).where(VoucherOrder.customer_id == customer_id, VoucherOrder.split_from_id.is_(None))
    statement = statement.where(VoucherOrder.id < after) if after else statement
    return db.session.scalars(statement.options(selectinload(VoucherOrder.lines)).order_by(VoucherOrder.id.desc()).limit(limit)).all()


def deal_names(merchant_id: int) -> dict[int, str]:
    """Id → title of the merchant's deals, for coupons that hold for some of them."""
    statement = select(VoucherDeal.id, VoucherDeal.title).where(VoucherDeal.merchant_id == merchant_id).order_by(VoucherDeal.id)
    return dict(db.session.execute(statement).tuples().all())

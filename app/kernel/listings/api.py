"""Find what is on sale in every trade; report what should not be."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import NotFound
from app.extensions import db
from app.framework.json_api import Api
from app.framework.json_api.cursors import BadCursor
from app.kernel.files.links import public_address
from app.kernel.listings import schemas
from app.kernel.listings.flows import REPORT_FLOW
from app.kernel.listings.models import REASONS, ListingReport
from app.kernel.listings.operations import AlreadyReported, ReasonUnknown, report_listing
from app.kernel.listings.search import Question, search

api = Api("listings", "/api/v1/listings", _l("在售"))


@api.get("", summary=_l("找在售的东西"), who="public", query=schemas.ListingQuery, response=schemas.ListingPage, errors=(BadCursor,))
def list_listings(query: schemas.ListingQuery, actor: Actor, now: datetime) -> schemas.ListingPage:
    """Everything on sale in every trade, in Chinese and by place."""
    latitude, longitude = (float(part) for part in query.near.split(",")) if query.near else (0.0, 0.0)
    question = Question(query.q.strip(), (latitude, longitude) if query.near else None, query.metres, query.trade, query.kind)
    found, mark = search(question, after=query.after, limit=query.limit)
    items = [
        schemas.ListingOut(
            kind=row["kind"], trade=row["trade"], id=row["subject_id"], title=row["title"], detail=row["detail"], cover=public_address(row["cover"]),
            price=row["price"], metres=row["metres"],
        )
        for row in found
    ]
    return schemas.ListingPage(items=items, next=mark)


@api.post(
    "/<string:kind>/<int:subject_id>/reports", summary=_l("举报"), who="customer", request=schemas.ReportIn, response=schemas.ReportOut, status=201,
    idempotent=True, errors=(NotFound, ReasonUnknown, AlreadyReported),
)
def report(kind: str, subject_id: int, body: schemas.ReportIn, actor: Actor, now: datetime) -> schemas.ReportOut:
    """Staff look at it; the merchant does not learn who reported."""
    return _out(report_listing(kind, subject_id, reason=body.reason, words=body.words.strip(), actor=actor, now=now))


@api.get("/reports", summary=_l("我的举报"), who="customer", query=schemas.MineQuery, response=schemas.ReportPage)
def list_reports(query: schemas.MineQuery, actor: Actor, now: datetime) -> schemas.ReportPage:
    """What became of them, newest first."""
    statement = select(ListingReport).where(ListingReport.customer_id == actor.id, *((ListingReport.id < query.after,) if query.after else ()))
    found = list(db.session.scalars(statement.order_by(ListingReport.id.desc()).limit(query.limit + 1)))
    more = found[query.limit - 1].id if len(found) > query.limit else None
    return schemas.ReportPage(items=[_out(each) for each in found[: query.limit]], next=more)


def _out(found: ListingReport) -> schemas.ReportOut:
    return schemas.ReportOut(
        id=found.id, number=found.number, status=found.status, status_words=str(REPORT_FLOW.state(found.status).label), subject=found.subject_label,
        reason_words=str(REASONS[found.reason]), answer=found.answer, reported_at=found.reported_at,
    )

"""Sharings in the ledger's chain: which payment of a merchant's own an entry is about."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.extensions import db
from app.framework.console.view import page_link
from app.kernel.ledger.chain import Step
from app.kernel.ledger.models import LedgerEntry
from app.kernel.sharing.models import ShareCall, ShareReturn, Sharing
from app.kernel.sharing.views import SharingView

KINDS = frozenset({"share_done", "share_returned", "rest_left", "rest_taken"})


def explain_share(entry: LedgerEntry) -> Iterator[Step]:
    """The sharing whose request, return, or rest the entry's transaction books."""
    fact = entry.transaction
    if fact.kind not in KINDS:
        return
    number = fact.key.partition("/")[0]
    keys = {
        "share_done": select(ShareCall.sharing_id).where(ShareCall.number == number),
        "share_returned": select(ShareReturn.sharing_id).where(ShareReturn.number == number),
    }
    key = keys.get(fact.kind, select(Sharing.id).where(Sharing.number == number))
    sharing = db.session.scalars(select(Sharing).where(Sharing.id.in_(key))).one_or_none()
    if sharing is not None:
        state = Sharing.__flow__.state(sharing.status)
        address = page_link(SharingView, sharing.id)
        yield Step(10, _l("分账"), sharing.number, sharing.sub_merchant, address, chip=(state.tone, state.label))

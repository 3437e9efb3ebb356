"""What the moves of a review do beside changing its state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.framework.database import elevated
from app.kernel.reviews.models import Review
from app.kernel.reviews.scores import count


def on_shown(review: Review, **_: Any) -> None:
    """Customers see it and it counts; a reply from before it was hidden is forgotten."""
    review.hidden_because, review.reply, review.replied_at, review.counted = "", "", None, True
    with elevated():
        count(review, +1)


def on_replied(review: Review, *, now: datetime, reply: str = "", **_: Any) -> None:
    """The reply stands below it; a second one takes the place of the first."""
    review.reply, review.replied_at = reply[:300], now


def on_hidden(review: Review, *, reason: str = "", **_: Any) -> None:
    """Nobody but its writer, the merchant, and staff sees it; it counts no more, if it did."""
    counted, review.counted, review.hidden_because = review.counted, False, reason[:200]
    if counted:
        with elevated():
            count(review, -1)

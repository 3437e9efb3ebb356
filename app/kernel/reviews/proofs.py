"""Scores are what their reviews add up to."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class ScoresAreTheirReviews(SqlProof):
    """A merchant's score in a trade, and that of each thing it sells, is the number and the stars of the reviews that are shown."""

    name = "reviews.scores"
    number = 11
    title = _l("评分等于展示中的评价之和")
    violations = """
        SELECT concat(coalesce(kept.trade, told.trade), ' merchant ', coalesce(kept.merchant_id, told.merchant_id), ' subject ',
               coalesce(kept.subject_id, told.subject_id)) AS subject, coalesce(told.stars, 0) AS expected, coalesce(kept.stars, 0) AS found
        FROM (SELECT * FROM review_score WHERE reviews > 0) AS kept
        FULL JOIN (
            SELECT trade, merchant_id, subject_id, count(*) AS reviews, sum(stars) AS stars FROM (
                SELECT trade, merchant_id, 0 AS subject_id, stars FROM review_review WHERE counted
                UNION ALL SELECT trade, merchant_id, subject_id, stars FROM review_review WHERE counted AND subject_id <> 0
            ) AS each GROUP BY trade, merchant_id, subject_id
        ) AS told ON (told.trade, told.merchant_id, told.subject_id) = (kept.trade, kept.merchant_id, kept.subject_id)
        WHERE coalesce(told.stars, 0) <> coalesce(kept.stars, 0) OR coalesce(told.reviews, 0) <> coalesce(kept.reviews, 0)
    """

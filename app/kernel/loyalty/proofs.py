"""Points in the ledger are what the lots hold, member by member, and what is issued is what is held."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class PointsAreTheirLots(SqlProof):
    """Each member's points in the ledger = the sum of the lots = what the member's row says."""

    name = "loyalty.lots"
    number = 6
    title = _l("积分余额等于各批积分剩余之和")
    violations = """
        SELECT concat(member.issuer, ' customer ', member.customer_id) AS subject, coalesce(lots.remaining, 0) AS expected,
               concat(coalesce(kept.posted, 0), ' / ', member.points) AS found
        FROM loyalty_member AS member
        LEFT JOIN (SELECT member_id, sum(remaining) AS remaining FROM loyalty_lot GROUP BY member_id) AS lots ON lots.member_id = member.id
        LEFT JOIN ledger_account AS account ON account.owner_kind = 'customer' AND account.owner_id = member.customer_id AND account.book = 'points'
              AND account.label = member.issuer
        LEFT JOIN ledger_balance AS kept ON kept.account_id = account.id
        WHERE coalesce(lots.remaining, 0) <> coalesce(kept.posted, 0) OR coalesce(lots.remaining, 0) <> member.points
    """

"""No unit of a deal is sold twice, and a group's seats are its paid members."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class UnitsAreTaken(SqlProof):
    """A deal's `taken` is what orders took of it and did not give back, never more than its units."""

    name = "marketing.deal_units"
    number = 11
    title = _l("限时活动：已抢件数等于没放回的名额之和，不超过总件数")
    violations = """
        SELECT deal.id::text AS subject, COALESCE(live.units, 0) AS expected, deal.taken AS found
        FROM marketing_deal AS deal LEFT JOIN (
            SELECT deal_id, sum(quantity)::bigint AS units FROM marketing_grab WHERE status <> 'released' GROUP BY deal_id
        ) AS live ON live.deal_id = deal.id
        WHERE deal.taken <> COALESCE(live.units, 0) OR deal.taken > deal.units
    """


class SeatsArePaidMembers(SqlProof):
    """An open group's seats are its live orders; a full group's are all paid by different orders."""

    name = "marketing.group_seats"
    number = 11
    title = _l("拼团：座位等于团里的订单，成团的座位都付了款")
    violations = """
        SELECT team.code AS subject, concat(COALESCE(live.seats, 0), ' / ', COALESCE(live.paid, 0)) AS expected, concat(team.seats, ' / ', team.paid) AS found
        FROM marketing_group AS team LEFT JOIN (
            SELECT group_id, count(*) FILTER (WHERE status <> 'released') AS seats, count(*) FILTER (WHERE status = 'paid') AS paid,
                   count(*) FILTER (WHERE paid_at IS NOT NULL) AS ever
            FROM marketing_grab GROUP BY group_id
        ) AS live ON live.group_id = team.id
        WHERE (team.status = 'open' AND (team.seats <> COALESCE(live.seats, 0) OR team.paid <> COALESCE(live.paid, 0)))
           OR (team.status = 'full' AND (team.paid <> team.size OR COALESCE(live.ever, 0) < team.size))
    """

"""Proof 11: what a stay sells is what bookings keep for it, night by night."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class NightsAreBooked(SqlProof):
    """Every live night of a stay lies in the live reservation that it names, of its own room, and no night is kept that no stay has."""

    name = "stays.nights_are_booked"
    number = 11
    title = _l("住宿：每一晚都占着它自己的房间，占着的每一晚都有订单")
    violations = """
        WITH kept AS (
            SELECT r.id AS reservation, r.subject_id AS stay, u.id AS unit, day::date AS day
            FROM booking_reservation AS r JOIN stays_unit AS u ON u.resource_id = r.resource_id
            CROSS JOIN LATERAL generate_series(
                (lower(r.during) AT TIME ZONE 'Asia/Shanghai')::date, ((upper(r.during) AT TIME ZONE 'Asia/Shanghai') - interval '1 day')::date, '1 day'
            ) AS day
            WHERE r.subject_type = 'stays_order' AND r.released_at IS NULL
        ), sold AS (
            SELECT n.reservation_id AS reservation, n.order_id AS stay, n.unit_id AS unit, n.day FROM stays_night AS n WHERE n.gone_at IS NULL
        )
        SELECT concat(coalesce(kept.stay, sold.stay), ' ', coalesce(kept.day, sold.day)) AS subject,
               CASE WHEN sold.stay IS NULL THEN 'no stay' ELSE 'room ' || sold.unit END AS expected,
               CASE WHEN kept.stay IS NULL THEN 'nothing' ELSE 'room ' || kept.unit END AS found
        FROM kept FULL JOIN sold USING (reservation, stay, unit, day) WHERE kept.stay IS NULL OR sold.stay IS NULL
    """

"""Proof 11: nobody shares a night, an hour, a place."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class NobodySharesATime(SqlProof):
    """Of a resource no two live reservations share a moment, and each belongs to the resource's merchant."""

    name = "bookings.nobody_shares_a_time"
    number = 11
    title = _l("预订：同一间房、同一个人、同一处地方，任何时刻最多一份占用")
    violations = """
        SELECT concat(r.name, ' ', a.during) AS subject, 1 AS expected, 1 + count(b.id) AS found
        FROM booking_reservation AS a JOIN booking_resource AS r ON r.id = a.resource_id
        LEFT JOIN booking_reservation AS b ON b.resource_id = a.resource_id AND b.id <> a.id AND b.during && a.during AND b.released_at IS NULL
        WHERE a.released_at IS NULL GROUP BY a.id, r.id HAVING count(b.id) > 0 OR a.merchant_id <> r.merchant_id
    """

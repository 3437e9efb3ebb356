"""Proofs of plans: what is deferred is what is not earned; places are sold once; what was charged is what it bought."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class DeferredIsUnearned(SqlProof):
    """Each deferred account holds what is left of its kind's deferrals: neither earned nor given back."""

    name = "plans.deferred"
    number = 6
    title = _l("递延收入等于各笔费用还没到的天数")
    violations = """
        SELECT coalesce(own.kind, kept.label) AS subject, coalesce(own.amount, 0) AS expected, coalesce(kept.amount, 0) AS found
        FROM (SELECT kind, sum(total - released - refunded) AS amount FROM plan_deferral GROUP BY kind) AS own
        FULL JOIN (
            SELECT account.label, sum(entry.amount) AS amount FROM ledger_account AS account JOIN ledger_entry AS entry ON entry.account_id = account.id
            WHERE account.book = 'deferred' GROUP BY account.label
        ) AS kept ON kept.label = own.kind
        WHERE coalesce(own.amount, 0) <> coalesce(kept.amount, 0)
    """


class ChargesAreBookedOnce(SqlProof):
    """Each paid charge made exactly one ledger transaction of its amount; an unpaid one made none."""

    name = "plans.charges"
    number = 9
    title = _l("每笔已付的平台费用恰好记账一次，金额相等")
    violations = """
        SELECT charge.number AS subject, CASE WHEN charge.status = 'paid' THEN charge.amount ELSE 0 END AS expected, booked.amount AS found
        FROM plan_charge AS charge LEFT JOIN pay_payment AS payment ON payment.id = charge.payment_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(entry.amount), 0) AS amount FROM ledger_transaction AS fact JOIN ledger_entry AS entry ON entry.transaction_id = fact.id
            WHERE fact.kind = 'charge_paid' AND fact.key = coalesce(payment.number, charge.number) AND entry.amount > 0
        ) AS booked
        WHERE booked.amount <> CASE WHEN charge.status = 'paid' THEN charge.amount ELSE 0 END
    """


class PlacesAreSoldOnce(SqlProof):
    """No day of a slot has more bookings than the slot had places when they were sold: places are numbered and unique; each belongs to its booking's days."""

    name = "plans.places"
    number = 11
    title = _l("广告位每天的每个位置只卖一次，都在所订的日期里")
    violations = """
        SELECT booking.number AS subject, booking.days AS expected, count(place.id) AS found
        FROM plan_booking AS booking LEFT JOIN plan_slot_day AS place
          ON place.booking_id = booking.id AND place.slot_id = booking.slot_id AND place.day BETWEEN booking.starts_on AND booking.starts_on + booking.days - 1
        WHERE booking.status IN ('waiting', 'pending', 'rejected', 'live')
        GROUP BY booking.id HAVING count(place.id) <> booking.days
    """


PLAN_PROOFS = (DeferredIsUnearned, ChargesAreBookedOnce, PlacesAreSoldOnce)

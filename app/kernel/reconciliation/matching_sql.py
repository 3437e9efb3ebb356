"""Passes 1 and 4 in the database: of a million lines on either side only those come out that are no plain pair.

A plain pair has the same number (in the fund bill: the channel's), amount, and kind, was finished on the bill's day, has the fee of the contract and
no coupon, and neither side has it twice. Everything else goes to `rules`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import text

from app.core.money import Fen
from app.core.periods import day_range
from app.extensions import db
from app.kernel.payments.models import BillLine
from app.kernel.reconciliation.rules.fund import Movement
from app.kernel.reconciliation.rules.shares import OurShare
from app.kernel.reconciliation.rules.trade import TOLERANCE, Kind, Line, Ours

NAMES = ("row", "kind", "number", "channel_number", "amount", "fee", "coupon", "state", "settled", "at")  # as `Line` has them
LINE = ", ".join(f"line.{name}" for name in NAMES)
MOVEMENT = "fund.row, fund.kind, fund.number, fund.channel_number, fund.amount, fund.state, fund.continues, fund.at"
# A refund's fee is what comes back of the contract's fee, so that both are held to the same rate.
PLAIN = f"""line.state = 'SUCCESS' AND line.coupon = 0 AND line.settled = line.amount
    AND abs(line.fee - 1000 * ((line.amount * :ppm + 500000) / 1000000)) <= {TOLERANCE} AND line.number <> ALL (:twice)
    AND line.row <> ALL (:apart)"""

_TWICE = "SELECT {number} FROM pay_bill_line WHERE bill_id = :bill AND kind = ANY (:kinds) {among} GROUP BY kind, {number} HAVING count(*) > 1"
_NOT_PLAIN = f"SELECT {LINE} FROM pay_bill_line AS line WHERE bill_id = :bill AND NOT (kind IN ('payment', 'refund') AND {PLAIN})"
# Lines that people took from their record, or gave one: no comparison makes a plain pair of them.
_APART = """
    SELECT row FROM recon_correction WHERE bill_id = :bill AND what = 'part' AND status = 'approved'
    UNION SELECT row FROM recon_pair WHERE bill_id = :bill AND how = 'people'
"""
_SIDES: dict[Kind, str] = {
    "payment": """SELECT id, number, channel_number, amount, paid_at AS done_at FROM pay_payment
        WHERE account_number = :account AND status = 'paid' AND paid_at >= :began AND paid_at < :ended""",
    "refund": """SELECT refund.id, refund.number, refund.channel_number, refund.amount, refund.succeeded_at AS done_at
        FROM pay_refund AS refund JOIN pay_payment AS payment ON payment.id = refund.payment_id
        WHERE payment.account_number = :account AND refund.status = 'succeeded' AND succeeded_at >= :began AND succeeded_at < :ended""",
}
# How many lines and how many records may be pairs: as many of both are left over when no line has taken a record that another one has, too.
_COUNTS = f"""
    SELECT (SELECT count(*) FROM pay_bill_line AS line WHERE bill_id = :bill AND kind = :kind AND {PLAIN}) AS lines,
           (SELECT count(*) FROM ({{ours}}) AS ours) AS records
"""
_FREE = """SELECT * FROM ({side}) AS side
        WHERE NOT EXISTS (SELECT 1 FROM recon_pair AS pair WHERE pair.kind = :kind AND pair.record_id = side.id AND pair.day_id <> :day_id)"""
_PASS_ONE = f"""
    SELECT {LINE}, ours.id, ours.number AS our_number, ours.channel_number AS our_channel_number, ours.amount AS our_amount, ours.done_at
    FROM (SELECT * FROM pay_bill_line AS line WHERE bill_id = :bill AND kind = :kind AND {PLAIN}) AS line
    FULL JOIN ({{ours}}) AS ours ON ours.number = line.number AND ours.amount = line.amount
    WHERE line.row IS NULL OR ours.id IS NULL
"""
_PLAIN_RECORD = f"""
    SELECT ours.id FROM (SELECT * FROM pay_bill_line AS line WHERE bill_id = :bill AND row = :row AND {PLAIN}) AS line
    JOIN ({{ours}} AND side.number = :number) AS ours ON ours.amount = line.amount
"""
# What merchants took themselves stands in the trade bill, and moves in their accounts, not in ours.
THEIRS = """
    SELECT channel_number FROM pay_payment WHERE sub_merchant <> ''
    UNION ALL SELECT refund.channel_number FROM pay_payment AS payment JOIN pay_refund AS refund ON refund.payment_id = payment.id
    WHERE payment.sub_merchant <> '' AND refund.channel_number IS NOT NULL
"""
# What our requests shared and our returns brought back, each number once.
_SHARES = """
    SELECT call.number, sharing.transaction_id AS channel_number, sum(line.amount) AS amount,
           coalesce(sum(line.amount) FILTER (WHERE line.account = :account), 0) AS own, max(line.done_at) AS done_at
    FROM share_line AS line JOIN share_call AS call ON call.id = line.call_id JOIN share_sharing AS sharing ON sharing.id = call.sharing_id
    WHERE line.result = 'SUCCESS' GROUP BY call.number, sharing.transaction_id
    UNION ALL
    SELECT back.number, sharing.transaction_id, -back.amount, CASE WHEN line.account = :account THEN -back.amount ELSE 0 END, back.done_at
    FROM share_return AS back JOIN share_sharing AS sharing ON sharing.id = back.sharing_id JOIN share_line AS line ON line.id = back.line_id
    WHERE back.status = 'done'
"""
# What a movement and a line of the trade bill have to share: kind, the channel's number, and what reaches the account.
_PASS_FOUR = f"""
    SELECT {MOVEMENT}, {", ".join(f"line.{name} AS line_{name}" for name in NAMES)}
    FROM (
        SELECT * FROM pay_bill_line AS fund WHERE bill_id = :fund AND kind IN ('payment', 'refund') AND continues AND channel_number <> ALL (:twice)
    ) AS fund
    FULL JOIN (
        SELECT *, CASE kind WHEN 'payment' THEN settled ELSE -settled END AS moved FROM pay_bill_line AS line
        WHERE bill_id = :trade AND kind IN ('payment', 'refund') AND state <> 'REVOKED' AND channel_number <> ALL (:twice)
          AND NOT EXISTS (SELECT FROM ({THEIRS}) AS theirs WHERE theirs.channel_number = line.channel_number)
    ) AS line ON line.channel_number = fund.channel_number AND line.kind = fund.kind AND line.moved = fund.amount
    WHERE fund.row IS NULL OR line.row IS NULL
"""
_LOOSE = f"""
    SELECT {MOVEMENT} FROM pay_bill_line AS fund WHERE bill_id = :fund
      AND (kind NOT IN ('payment', 'refund', 'fee') OR NOT continues OR channel_number = ANY (:twice))
"""
_FEES = f"""
    SELECT {MOVEMENT} FROM pay_bill_line AS fund
    LEFT JOIN pay_bill_line AS line ON line.bill_id = :trade AND line.kind = 'payment' AND line.state = 'SUCCESS'
        AND line.channel_number = fund.channel_number
    WHERE fund.bill_id = :fund AND fund.kind = 'fee' AND fund.continues AND fund.channel_number <> ALL (:twice)
      AND (line.row IS NULL OR abs(-1000 * fund.amount - line.fee) > {TOLERANCE})
"""


def _run(statement: str, values: dict[str, Any]) -> Any:
    """Rows of a statement over whole bills: hash joins with room for them, whatever the statistics say of a table that was filled a moment ago."""
    db.session.execute(text("SET LOCAL work_mem = '128MB'; SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off"))
    rows = db.session.execute(text(statement), values).all()
    db.session.execute(text("RESET work_mem; RESET enable_nestloop; RESET enable_mergejoin"))
    return rows


def _twice(bill: int, number: str, kinds: tuple[str, ...] = ("payment", "refund"), among: Iterable[str] | None = None) -> list[str]:
    """Numbers that two lines of one kind have; of those `among`, when they are known."""
    values = {"bill": bill, "kinds": list(kinds), "among": sorted(set(among or ()))}
    if among is not None and not values["among"]:
        return []
    narrowed = "" if among is None else f"AND {number} = ANY (:among)"
    return [row[0] for row in _run(_TWICE.format(number=number, among=narrowed), values)]


def odd_lines_and_records(bill: int | None, day_id: int, day: date, account_number: str, fee_ppm: int) -> tuple[list[Line], list[Ours]]:
    """Lines of the trade bill that are no plain pair, and our records of the day that no such line names."""
    began, ended = day_range(day)
    values = {"bill": bill or 0, "twice": [], "ppm": fee_ppm, "account": account_number, "began": began, "ended": ended, "day_id": day_id,
              "apart": _apart(bill)}
    lines, records, shared = _pass_one(values, day)
    if bill:
        # To group a million numbers costs as much as to join them: a number that stands there twice shows in what is left over, but for lines that took
        # the same record, which shows in the counts.
        values["twice"] = _twice(bill, "number", among=None if shared else [line.number for line in lines])
        if values["twice"]:
            lines, records, _ = _pass_one(values, day)
    return lines, records


def _apart(bill: int | None) -> list[int]:
    return [row[0] for row in db.session.execute(text(_APART), {"bill": bill})] if bill else []


def plain_record(bill: int, day_id: int, day: date, account_number: str, fee_ppm: int, line: BillLine, *, parted: bool = False) -> int | None:
    """The key of the record that is a plain pair with this line of the day's trade bill, also when people `parted` them; None for a line that is none."""
    began, ended = day_range(day)
    values = {
        "bill": bill, "twice": _twice(bill, "number", among=[line.number]), "ppm": fee_ppm, "account": account_number, "began": began, "ended": ended,
        "day_id": day_id, "apart": [] if parted else _apart(bill), "kind": line.kind, "row": line.row, "number": line.number,
    }
    return db.session.scalar(text(_PLAIN_RECORD.format(ours=_FREE.format(side=_SIDES[line.kind]))), values)  # type: ignore[index]


def _pass_one(values: dict[str, Any], day: date) -> tuple[list[Line], list[Ours], bool]:
    """What is no plain pair, and whether some lines share a record."""
    lines = [_line(row) for row in _run(_NOT_PLAIN, values)] if values["bill"] else []
    records: list[Ours] = []
    shared = False
    for kind, side in _SIDES.items():
        ours, mine = _FREE.format(side=side), {**values, "kind": kind}
        counts, lonely = _run(_COUNTS.format(ours=ours), mine)[0], _run(_PASS_ONE.format(ours=ours), mine)
        alone = sum(row.id is None for row in lonely)
        shared = shared or counts.lines - alone != counts.records - (len(lonely) - alone)
        for row in lonely:
            if row.id is None:
                lines.append(_line(row))
            else:
                records.append(Ours(kind, row.id, row.our_number, row.our_channel_number, row.our_amount, True, day, row.done_at))
    return lines, records, shared


def odd_movements(fund: int, trade: int | None) -> tuple[list[Movement], list[Line]]:
    """Movements of the fund bill that are no plain pair with a line of the trade bill, and the lines of the trade bill that have no movement."""
    twice = _twice(fund, "channel_number", ("payment", "refund", "fee"))
    twice += _twice(trade, "channel_number") if trade else []
    values = {"fund": fund, "trade": trade or 0, "twice": sorted(set(twice))}
    movements = [_movement(row) for row in (*_run(_LOOSE, values), *_run(_FEES, values))]
    lines: list[Line] = []
    for row in _run(_PASS_FOUR, values):
        if row.row is None:
            lines.append(_line(row, "line_"))
        else:
            movements.append(_movement(row))
    if twice and trade:
        statement = f"SELECT {LINE} FROM pay_bill_line AS line WHERE bill_id = :trade AND state = 'SUCCESS' AND channel_number = ANY (:twice)"
        lines += [_line(row) for row in _run(statement, values)]
    return movements, lines


def shares_of_day(day: date, account_number: str) -> list[OurShare]:
    """What was shared and came back on the day."""
    began, ended = day_range(day)
    statement = f"SELECT * FROM ({_SHARES}) AS ours WHERE done_at >= :began AND done_at < :ended ORDER BY number"
    rows = _run(statement, {"account": account_number, "began": began, "ended": ended})
    return [OurShare(row.number, row.channel_number, int(row.amount), row.done_at) for row in rows]


def shares_named(numbers: list[str], account_number: str) -> dict[str, int]:
    """Of our numbers among these: what the account `account_number` got or gave back, in fen."""
    if not numbers:
        return {}
    rows = _run(f"SELECT number, own FROM ({_SHARES}) AS ours WHERE number = ANY (:numbers)", {"account": account_number, "numbers": numbers})
    return {row.number: int(row.own) for row in rows}


def fee_lines(trade: int | None, movements: Iterable[Movement]) -> list[Line]:
    """The lines of the trade bill whose fee an odd movement took."""
    numbers = sorted({each.channel_number for each in movements if each.kind == "fee"})
    if not numbers or trade is None:
        return []
    statement = f"""SELECT {LINE} FROM pay_bill_line AS line
        WHERE bill_id = :trade AND kind = 'payment' AND state = 'SUCCESS' AND channel_number = ANY (:numbers)"""
    return [_line(row) for row in _run(statement, {"trade": trade, "numbers": numbers})]


def numbers_in(bills: Iterable[int], wanted: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Which of the channel's numbers (kind, number) stand in one of the bills."""
    pairs, among = set(wanted), list(bills)
    if not pairs or not among:
        return frozenset()
    statement = "SELECT DISTINCT kind, channel_number FROM pay_bill_line WHERE bill_id = ANY (:bills) AND channel_number = ANY (:numbers)"
    found = _run(statement, {"bills": among, "numbers": sorted({number for _, number in pairs})})
    return frozenset((row.kind, row.channel_number) for row in found) & pairs


def sums_of(bill: int) -> tuple[int, int, int]:
    """How many lines a trade bill has, and what was paid and refunded in it, in fen."""
    statement = """SELECT count(*), coalesce(sum(amount) FILTER (WHERE kind = 'payment' AND state = 'SUCCESS'), 0),
        coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) FROM pay_bill_line WHERE bill_id = :bill"""
    return tuple(map(int, _run(statement, {"bill": bill})[0]))  # type: ignore[return-value]


def _line(row: Any, prefix: str = "") -> Line:
    return Line(*(getattr(row, f"{prefix}{name}") for name in NAMES))


def _movement(row: Any) -> Movement:
    return Movement(row.row, row.kind, row.number, row.channel_number, Fen(row.amount), row.state, row.continues, row.at)

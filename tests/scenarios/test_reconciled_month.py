"""A strange day: the channel's bills differ from our books in nine ways; two people of finance settle it on the desk, sign it, and close the month."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.clock import at
from app.extensions import db
from app.framework.database import transaction
from app.kernel.ledger.accounts import bank, channel_balance, cost, recon_suspense, unidentified_receipt
from app.kernel.ledger.proofs import run_proofs
from app.kernel.ledger.queries import last_closed_day
from app.kernel.payments.operations.bills import import_bill
from app.kernel.reconciliation import jobs
from app.kernel.reconciliation.demo import strange_fund_bill, strange_trade_bill
from app.kernel.reconciliation.models import ReconBreak, ReconDay, ReconMonth
from tests.kernel.payments.conftest import TESTER, Town, town  # noqa: F401 - a fixture
from tests.support.people import sign_in, staff

DAY = date(2026, 11, 1)
NOON = datetime(2026, 11, 1, 4, tzinfo=UTC)
MORNING = datetime(2026, 11, 2, 2, 40, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 2, 2, tzinfo=UTC)
AMOUNTS = (8700, 4200, 3000, 2500, 1800, 6000)


def a_day_of_payments(town: Town) -> None:  # noqa: F811
    """Six payments of 1 November, a minute apart, whose callbacks came."""
    for number, amount in enumerate(AMOUNTS):
        moment = NOON + timedelta(minutes=number)
        town.box.set_clock(moment.isoformat())
        with at(moment):
            assert town.box.pay(town.prepared(number + 1, amount)).status_code == 200
        assert town.take(town.box.merchant.wait_for(number + 1)[number]) == 200
    town.box.set_clock(MORNING.isoformat())


def breaks(town: Town) -> list[ReconBreak]:  # noqa: F811
    town.fresh()
    return list(db.session.scalars(select(ReconBreak).order_by(ReconBreak.id).execution_options(populate_existing=True)))


def press(browser: FlaskClient, key: int, step: str, **answers: str) -> int:
    return int(browser.post(f"/reconciliation/desk/{key}/{step}", data=answers).status_code)


def test_a_day_with_nine_kinds_of_break_is_settled_signed_and_its_month_closed(town: Town) -> None:  # noqa: F811
    a_day_of_payments(town)
    with at(MORNING):
        trade, fund = town.box.channel.trade_bill(DAY), town.box.channel.fund_bill(DAY)
        for kind, content in (("trade", strange_trade_bill(trade)), ("fund", strange_fund_bill(fund, trade))):
            with transaction(TESTER):
                import_bill(DAY, kind, content, actor=TESTER, now=MORNING)
        jobs.compare_days()
        found = breaks(town)
        assert sorted((each.kind, each.effect) for each in found) == [
            ("amount", -100), ("amount", 50), ("amount", 100), ("channel_only_payment", 5800), ("coupon", -50), ("duplicate", 0), ("fee", 0), ("fee", 0),
            ("local_only_payment", -8700), ("payout_returned", 8700), ("timing", 0), ("unknown_kind", -52),
        ]
        suspense = sum(each.effect for each in found)
        assert town.held(recon_suspense()) == suspense == 5748
        jobs.compare_days()
        assert len(breaks(town)) == len(found), "comparing again finds nothing more"

        keys = {each.id: (each.effect, each.money) for each in found}
        with town.at_the_door():
            first, second = staff(town.app, "Finance"), staff(town.app, "Finance", "finance2")
            page = first.get("/reconciliation/desk/").text
            assert "对账台" in page and all(each in page for each in ("付款被退回", "我们有、渠道没有的收款", "QR20261101000001"))
            for key, (effect, money) in keys.items():
                assert press(first, key, "propose", usual="和渠道客服核对过", reason="") == 303
                assert press(first, key, "approve" if effect else "accept", confirmed_amount=f"{money / 100:.2f}") == 403
                if effect:
                    assert press(second, key, "approve", confirmed_amount="0.01") == 422
                assert press(second, key, "approve" if effect else "accept", confirmed_amount=f"{money / 100:.2f}") == 303
    assert {each.status for each in breaks(town)} == {"closed"}
    assert (town.held(recon_suspense()), town.held(unidentified_receipt()), town.held(bank())) == (0, 5800 + 50 + 100, 8700)
    assert (town.held(cost("bad_debt")), town.held(cost("coupon_subsidy"))) == (-8700 - 100 - 52, -50)
    close_the_month(town)
    with at(DECEMBER), transaction(TESTER):
        assert run_proofs(DECEMBER).findings == 0


def close_the_month(town: Town) -> None:  # noqa: F811
    """Sign the day; one person proposes to close November, another closes it; then nothing of it changes."""
    day, month = db.session.scalars(select(ReconDay)).one(), db.session.scalars(select(ReconMonth)).one()
    day_key, month_key = day.id, month.id
    assert (day.status, month.status, month.label) == ("even", "open", "2026-11")
    door = f"/reconciliation/months/{month_key}/move"
    with at(MORNING + timedelta(hours=1)), town.at_the_door():
        early = sign_in(town.app, "finance").post(f"{door}/propose")
        assert early.status_code == 409 and "还没过完" in early.text
    with at(DECEMBER), town.at_the_door():
        first, second = sign_in(town.app, "finance"), sign_in(town.app, "finance2")
        unsigned = first.post(f"{door}/propose")
        assert unsigned.status_code == 409 and "1 天没有签字" in unsigned.text
        assert "等签字" in first.get(f"/reconciliation/months/{month_key}").text
        assert first.post(f"/reconciliation/{day_key}/move/sign").status_code == 303
        assert first.post(f"{door}/propose").status_code == 303
        assert first.post(f"{door}/close").status_code == 403, "the proposer is no second person"
        assert second.post(f"{door}/close").status_code == 303
        late = first.post("/reconciliation/new", data={"day": "2026-11-15", "kind": "trade", "file": bill_of(town)})
        assert late.status_code == 409 and "已经关账" in late.text
        assert first.post(f"/reconciliation/{day_key}/compare").status_code == 409
    town.fresh()
    month = db.session.scalars(select(ReconMonth)).one()
    assert (month.status, last_closed_day()) == ("closed", date(2026, 11, 30))
    assert month.proposed_by != month.closed_by
    assert -town.held(channel_balance(month.account_number)) == sum(AMOUNTS) - sum(round(each * 0.006) for each in AMOUNTS)


def bill_of(town: Town) -> tuple[io.BytesIO, str]:  # noqa: F811
    return io.BytesIO(town.box.channel.trade_bill(DAY).replace(b"2026-11-01", b"2026-11-15")), "bill.csv"

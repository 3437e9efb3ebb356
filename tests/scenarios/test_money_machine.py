"""Any order of events: after each, the ledger says of the merchant what an oracle of plain fractions says; after all, the proofs hold.

40 sequences in `make test`, 500 in CI (`MONEY_SEQUENCES`), each from a seed. A failure prints the seed and what happened: `MONEY_SEED` repeats it alone.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random, SystemRandom
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core import clock
from app.core.actors import EVERYTHING, Actor, system
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import save, transaction
from app.framework.flow import move
from app.framework.queue import run_waiting
from app.kernel.aftersales import rules as aftersales_rules
from app.kernel.aftersales.operations import MoreThanRemains, refund_lines
from app.kernel.commission import rules as commission_rules
from app.kernel.ledger.accounts import merchant_receivable
from app.kernel.ledger.postings import release
from app.kernel.ledger.proofs import assert_proofs_hold
from app.kernel.ledger.queries import balance
from app.kernel.orders.operations import place_order
from app.kernel.orders.rules import LineDraft, price
from app.kernel.parties.operations.customers import customer_of_openid
from app.kernel.parties.operations.merchants import open_merchant
from app.kernel.payments.channels.factory import account
from app.kernel.payments.channels.interface import ChannelPayment, ChannelRefund
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.operations.paying import confirm_payment, open_payment
from app.kernel.payments.operations.refunding import heed_refund
from app.kernel.settlement.models import Payout, PayoutBatch, Policy, Statement
from app.kernel.settlement.operations.batches import make_batch
from app.kernel.settlement.operations.release import release_due, release_reserves
from app.kernel.settlement.queries import wallet_of
from app.verticals.dining.models import DiningOrder, Shop
from tests.kernel.settlement.world import CHECKER, MAKER, close, later, payee, prove, today
from tests.scenarios.oracle import Books
from tests.support.people import everything

SEQUENCES = int(os.environ.get("MONEY_SEQUENCES", "500" if os.environ.get("CI") else "40"))
STEPS = 24
COMMISSION, RESERVE_PPM = Fraction(8, 100), 100_000
CHANNEL = system("channel")
# Somebody who may make every move: who may is tested elsewhere.
ANYBODY = Actor("system", None, "machine", frozenset({"system", "Owner", "Kitchen", "Cashier", "Operator", "Admin"}), EVERYTHING)
# What may happen, how often, and to orders that have come how far.
EVENTS: dict[str, tuple[int, tuple[str, ...]]] = {
    "place": (4, ()), "pay": (6, ("placed",)), "complete": (5, ("paid",)), "refund": (6, ("paid", "completed", "released")), "reject": (1, ("paid",)),
    "refunds_arrive": (2, ()), "release": (2, ()), "free_reserves": (1, ()), "settle": (1, ()),
}


class MoneyMachine:
    """One merchant, one customer, any events. `days` counts the cycles of all sequences, which follow each other."""

    def __init__(self, app: Flask, seed: int, days: list[int]) -> None:
        """A merchant of its own, with a tenth kept in reserve."""
        self.app, self.days, self.random, self.story = app, days, Random(seed), [f"seed {seed}"]
        now = datetime.now(UTC)
        self.books = Books(COMMISSION, Fraction(RESERVE_PPM, 1_000_000))
        with self.app.app_context(), transaction(everything()):
            merchant = open_merchant("粥铺", contact_name="林", contact_phone="13800138000", actor=everything(), now=now)
            merchant.trades = ["dining"]
            move(merchant, "admit", actor=ANYBODY, now=now)
            self.merchant_id = merchant.id
            self.shop_id = save(Shop(merchant_id=merchant.id, name="粥铺", services=["pickup"])).id
            self.customer_id = customer_of_openid(f"openid-{merchant.id}", now=now).id
            policy = save(Policy(
                trade="dining", merchant_id=merchant.id, cycle="daily", hold_days=1, reserve_ppm=RESERVE_PPM, reserve_days=1, minimum=0,
                starts_on=today() - timedelta(days=9), made_by="staff:1:a", reason="tests",
            ))
            move(policy, "approve", actor=CHECKER, now=now)
        self.ids: list[int] = []

    @property
    def now(self) -> datetime:
        """Time only goes forward, through all sequences."""
        return later(self.days[0])

    def run(self) -> None:
        """A whole sequence; what the ledger says is compared after each event."""
        for _ in range(STEPS):
            possible = {name: weight for name, (weight, stages) in EVENTS.items() if not stages or self._at(*stages)}
            name = self.random.choices(list(possible), list(possible.values()))[0]
            try:
                getattr(self, name)()
                self.compare()
            except BaseException:
                print("\n".join(self.story))
                raise

    # ---- what may happen ---------------------------------------------------------------------------------------------

    def place(self) -> None:
        """A customer orders, with or without coupons of either side."""
        amounts = [self.random.choice((self.random.randint(1, 300), self.random.randint(1, 20_000))) for _ in range(self.random.randint(1, 3))]
        packing, merchant_gives, platform_gives = (self.random.choice((0, self.random.randint(1, most))) for most in (300, 500, 500))
        self.story.append(f"place {amounts} packing {packing} coupons {merchant_gives} {platform_gives}")
        drafts = [LineDraft(f"菜{place}", amount) for place, amount in enumerate(amounts)] + ([LineDraft("打包", packing, kind="packing")] if packing else [])
        cost = price(drafts, merchant_discount=merchant_gives, platform_discount=platform_gives)
        if not cost.payable:
            return
        with self.app.app_context(), transaction(everything()):
            self.ids.append(place_order(
                DiningOrder, cost, prefix="D", merchant_id=self.merchant_id, customer_id=self.customer_id, customer_name="李", fee_kinds=("commission",),
                pay_within=timedelta(minutes=15), kind="pickup", now=self.now, shop_id=self.shop_id, service="pickup", ticket="A1", code="1234",
            ).id)
        self.books.place(amounts, packing, merchant_gives, platform_gives)
        assert self._of("payable") == sum(line.payable for line in self.books.orders[-1].lines)

    def pay(self) -> None:
        """The channel confirms a payment, perhaps once more."""
        number, twice = self._pick("pay"), self.random.randint(0, 1)
        now = self.now
        with self.app.app_context(), transaction(everything()) as session:
            order = session.get_one(DiningOrder, self.ids[number])
            payment = open_payment(
                "order", order.id, order.payable, order.number, "dining", self.merchant_id, self.customer_id, order.pay_by, actor=everything(), now=now,
            )
            told = ChannelPayment(payment.number, "SUCCESS", account().appid, account().merchant_id, payment.amount, f"42{payment.id:026d}", "o", now)
            for _ in range(1 + twice):
                confirm_payment(told, actor=CHANNEL, now=now)
        self.books.pay(number)

    def complete(self) -> None:
        """Accepted, cooked, handed over."""
        number = self._pick("complete")
        with self.app.app_context(), transaction(everything()) as session:
            order = session.get_one(DiningOrder, self.ids[number])
            for name, answers in (("accept", {}), ("ready", {}), ("hand_over", {"code": order.code})):
                move(order, name, actor=ANYBODY, now=self.now, **answers)
        self.books.complete(number)

    def refund(self) -> None:
        """Part or all of a line goes back, however far the order has come; a fen more than it holds is refused."""
        number = self._pick("refund")
        lines = self.books.orders[number].lines
        place = self.random.randrange(len(lines))
        holds = lines[place].payable
        amount = self.random.choice((holds, self.random.randint(1, max(holds, 1))))
        self.story.append(f"… line {place}: {amount} of {holds}")
        with self.app.app_context(), transaction(everything()) as session:
            order = session.get_one(DiningOrder, self.ids[number])
            key = order.lines[place].id
            with pytest.raises((MoreThanRemains, Refusal)):
                refund_lines(order, {key: holds + 1}, reason="太多", actor=CHANNEL, now=self.now)
            session.rollback()
            if holds:
                refund_lines(session.get_one(DiningOrder, self.ids[number]), {key: amount}, reason="少了", actor=CHANNEL, now=self.now)
        if holds:
            self.books.refund(number, place, amount)

    def reject(self) -> None:
        """The restaurant cannot: everything goes back."""
        number = self._pick("reject")
        with self.app.app_context(), transaction(everything()) as session:
            move(session.get_one(DiningOrder, self.ids[number]), "time_out", actor=ANYBODY, now=self.now)
        self.books.end(number)

    def refunds_arrive(self) -> None:
        """The channel confirms all refunds under way, each told twice."""
        self.story.append("refunds_arrive")
        with self.app.app_context(), transaction(everything()) as session:
            open_ones = select(Refund).where(Refund.merchant_id == self.merchant_id, Refund.status != "succeeded").order_by(Refund.id)
            total = 0
            for refund in list(session.scalars(open_ones)):
                payment = session.get_one(Payment, refund.payment_id)
                told = ChannelRefund(
                    payment.number, refund.number, f"50{refund.id:026d}", payment.channel_number, "SUCCESS", refund.amount, payment.amount, None,
                    self.now,
                )
                for _ in range(2):
                    heed_refund(told, actor=CHANNEL, now=self.now)
                total += refund.amount
        self.books.receive_refunds(total)

    def release(self) -> None:
        """The holds are over, and a day later the reserves."""
        self.story.append("release")
        self.days[0] += 2
        with self.app.app_context(), transaction(system("settlement")):
            while release_due(self.now):
                pass
        self.books.release()

    def free_reserves(self) -> None:
        """What was kept long enough comes free."""
        self.story.append("free_reserves")
        self.days[0] += 2
        with self.app.app_context(), transaction(system("settlement")):
            while release_reserves(self.now):
                pass
        self.books.free_reserves()

    def settle(self) -> None:
        """Finance closes the day and pays what it owes; the bank pays, refuses, or sends it back."""
        outcome = self.random.choice(("paid", "paid", "failed", "returned"))
        self.story.append(f"settle {outcome}")
        self.days[0] += 1
        close(self.app, self.days[0])
        self.books.offset()
        due = self.books.available
        with self.app.app_context(), transaction(everything()) as session:
            latest = select(Statement).where(Statement.merchant_id == self.merchant_id).order_by(Statement.id.desc()).limit(1)
            statement = session.scalars(latest).one_or_none()
            if statement is None or statement.status != "draft":
                assert due == 0
                return
            assert (statement.closing, statement.payable) == (due, due)
            key, moment = statement.id, self.now
            move(statement, "freeze", actor=MAKER, now=moment)
            move(statement, "approve", actor=CHECKER, now=moment)
            if not due:
                move(statement, "carry", actor=MAKER, now=moment)
                return
        payee(self.app)
        with self.app.app_context(), transaction(MAKER):
            batch = make_batch(actor=MAKER, now=self.now).id
        with self.app.app_context(), transaction(CHECKER) as session:
            move(session.get_one(PayoutBatch, batch), "approve", actor=CHECKER, now=self.now)
        with clock.at(self.now):
            run_waiting(self.app, only="send_batch")
        if outcome == "failed":
            self._answer("mark_failed", reason="账号不存在")
        else:
            self._answer("mark_paid", reference="B1")
            self.books.available -= due
            self.books.paid_out += due
        if outcome == "returned":
            self._answer("mark_returned", reason="户名不符")
            self.books.available += due
            self.books.paid_out -= due
        if outcome != "paid":
            with self.app.app_context(), transaction(everything()) as session:
                move(session.get_one(Statement, key), "carry", actor=MAKER, now=self.now)

    def _answer(self, name: str, **answers: Any) -> None:
        with self.app.app_context(), transaction(MAKER) as session:
            move(session.scalars(select(Payout).order_by(Payout.id.desc()).limit(1)).one(), name, actor=MAKER, now=self.now, **answers)

    # ---- what must be true -------------------------------------------------------------------------------------------

    def compare(self) -> None:
        """Each bucket of the merchant, and the platform's sides that belong to its orders."""
        with self.app.app_context(), transaction(everything()):
            wallet = wallet_of(self.merchant_id)
            sides = dict(db.session.execute(SIDES, {"merchant": self.merchant_id, "customer": self.customer_id}).tuples().all())
            lent = -balance(merchant_receivable(self.merchant_id))
        books = self.books
        assert (wallet.pending, wallet.available, wallet.reserve, lent) == (books.pending, books.available, books.reserve, books.lent)
        found = {name: sides.get(name, 0) for name in ("escrow", "refund_payable", "revenue", "cost", "clearing")}
        assert found == {
            "escrow": books.escrow, "refund_payable": books.owed, "revenue": books.earned, "cost": -books.given, "clearing": -books.clearing,
        }
        assert books.clearing + books.given == (
            books.escrow + books.owed + books.earned + books.pending + books.available + books.reserve - books.lent + books.paid_out
        )

    def _at(self, *stages: str) -> list[int]:
        return [number for number, order in enumerate(self.books.orders) if order.stage in stages]

    def _pick(self, event: str) -> int:
        number = self.random.choice(self._at(*EVENTS[event][1]))
        self.story.append(f"{event} order {number}, {self.books.orders[number].stage}")
        return number

    def _of(self, name: str) -> Any:
        with self.app.app_context(), transaction(everything()) as session:
            return getattr(session.get_one(DiningOrder, self.ids[-1]), name)


SIDES = text("""
    SELECT account.book, sum(entry.amount)::bigint FROM ledger_entry AS entry JOIN ledger_account AS account ON account.id = entry.account_id
    JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id
    WHERE fact.order_id IN (SELECT id FROM order_order WHERE merchant_id = :merchant) AND account.book IN ('escrow', 'revenue', 'cost', 'clearing')
       OR account.owner_kind = 'customer' AND account.owner_id = :customer
    GROUP BY account.book
""")


def play(app: Flask, seeds: list[int]) -> None:
    """A sequence of each seed, one after the other in one database; then all proofs."""
    days = [1]
    prove(app)
    for seed in seeds:
        MoneyMachine(app, seed, days).run()
    with app.app_context(), transaction(everything()):
        assert_proofs_hold()


@pytest.mark.long
@pytest.mark.parametrize("part", range(4))
def test_any_sequence_of_events_leaves_the_ledger_where_the_oracle_says(app: Flask, part: int) -> None:
    only = os.environ.get("MONEY_SEED")
    play(app, [int(only)] if only else [SystemRandom().randrange(10**9) for _ in range(SEQUENCES // 4)])


@pytest.mark.parametrize("mistake", ["rounding", "release", "fee"])
def test_the_oracle_notices_a_fen_on_the_wrong_side(app: Flask, monkeypatch: pytest.MonkeyPatch, mistake: str) -> None:
    """Negative controls: an odd fen of a refund, a reserve, or a fee that goes to the other side is seen within ten sequences."""
    if mistake == "rounding":
        monkeypatch.setattr(aftersales_rules, "split_remaining", lambda amount, held: _cut(amount, held))
    elif mistake == "release":
        monkeypatch.setattr(release, "release_parts", lambda amount, ppm: (amount - amount * ppm // 10**6 - 1, amount * ppm // 10**6 + 1))
    else:
        monkeypatch.setattr(commission_rules, "share_ppm", lambda amount, ppm: amount * ppm // 10**6)
    with pytest.raises(AssertionError):
        play(app, list(range(10)))


def _cut(amount: int, held: list[int]) -> list[int]:
    first = amount * held[0] // sum(held) if sum(held) else 0
    return [first, amount - first]

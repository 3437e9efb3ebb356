"""Each proof of the packages above the ledger finds what a superuser did to the store, and no other proof does; finance is told and pays nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope
from app.framework.queue import run_waiting
from app.kernel.ledger.jobs import seal_ledger
from app.kernel.ledger.models import LedgerProofRun
from app.kernel.ledger.proofs import STATEMENTS, all_proofs
from app.kernel.workspace.models import Notice
from tests.kernel.settlement.test_withdrawals import ask
from tests.kernel.settlement.world import payee, prove, release, send
from tests.support.database import calm
from tests.support.people import Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    """A restaurant of counted portions that sold, withdrew 10.00 which is on its way, and asked for 5.00 more."""
    made, li = restaurant(app, stock=10), Shopper(app, "li")
    made.serve(made.paid(li, ("鲜虾粥", 2)))
    release(app)
    payee(app)
    prove(app)
    assert ask(app, made, 1000) == "ready"
    send(app)
    assert ask(app, made, 500) == "ready"
    with app.app_context():
        calm()
        seal_ledger()
    return made


TAMPERINGS = [
    ("UPDATE dining_size SET stock = stock + 1 WHERE taken = 2", {"dining.stock": ("鲜虾粥（标准）", "8", "9")}),
    ("UPDATE dining_size SET taken = 12 WHERE taken = 2", {"dining.stock": ("鲜虾粥（标准）", "0", "8")}),
    ("UPDATE settle_withdrawal SET amount = 600 WHERE status = 'ready'", {"settlement.held": ("merchant/1/withdrawing/CNY", "600", "500")}),
    ("UPDATE settle_withdrawal SET status = 'cancelled' WHERE status = 'ready'", {"settlement.held": ("merchant/1/withdrawing/CNY", "0", "500")}),
    ("UPDATE ledger_transaction SET maker = 'staff:9' WHERE kind = 'order_completed'", {"ledger.blocks": None}),
]


@pytest.mark.parametrize(("tampering", "expected"), TAMPERINGS)
def test_exactly_that_proof_finds_exactly_that(
    app: Flask, place: Restaurant, as_superuser: Session, tampering: str, expected: dict[str, tuple[str, str, str] | None]
) -> None:
    as_superuser.execute(text("SET LOCAL session_replication_role = replica"))
    assert as_superuser.execute(text(tampering)).rowcount == 1  # type: ignore[attr-defined]
    with app.app_context():
        found = {proof.name: proof.check(as_superuser) for proof in all_proofs()}
    seen = {name: [(each.subject, each.expected, each.found) for each in findings] for name, findings in found.items() if findings}
    assert set(seen) == set(expected)
    for name, finding in expected.items():
        assert len(seen[name]) == 1
        assert finding is None or seen[name] == [finding]


def test_a_payment_that_lost_its_record_is_found_by_number(app: Flask, place: Restaurant, as_superuser: Session) -> None:
    as_superuser.execute(text("SET LOCAL session_replication_role = replica"))
    number = as_superuser.execute(text("UPDATE settle_withdrawal SET status = 'failed' WHERE status = 'submitted' RETURNING number")).scalar_one()
    with app.app_context():
        found = {proof.name: proof.check(as_superuser) for proof in all_proofs()}
    assert [(each.subject, each.expected, each.found) for each in found["settlement.in_transit"]] == [(number, "0", "1000")]
    assert {name for name, findings in found.items() if findings} == {"settlement.in_transit", "merchants_have_what_they_earned"}


def test_all_eleven_statements_have_a_proof(app: Flask) -> None:
    with app.app_context():
        proofs = all_proofs()
    assert {proof.number for proof in proofs} == set(STATEMENTS) == set(range(1, 12))
    assert len({proof.name for proof in proofs}) == len(proofs)


@pytest.fixture
def broken(app: Flask, place: Restaurant, as_superuser: Session) -> Iterator[Session]:
    """A portion came from nowhere; it goes away again after the test."""
    as_superuser.execute(text("UPDATE dining_size SET stock = 9 WHERE taken = 2"))
    as_superuser.commit()
    enter_scope(EVERYTHING, as_superuser)
    yield as_superuser
    as_superuser.execute(text("UPDATE dining_size SET stock = 8 WHERE taken = 2"))
    as_superuser.commit()


def check(app: Flask, browser: FlaskClient, **form: str) -> None:
    """Ask for a check on the page; the queue does it."""
    assert browser.post("/proofs/check", data=form).status_code == 303
    run_waiting(app, only="check_asked_proofs")


def headings(app: Flask) -> list[str]:
    with app.app_context():
        enter_scope(EVERYTHING)
        return list(db.session.scalars(select(Notice.title).where(Notice.kind.like("ledger.%")).order_by(Notice.id)))


def test_a_failure_is_shown_told_once_blocks_payment_and_its_end_is_told(app: Flask, broken: Session) -> None:
    finance = staff(app, "Finance")
    for _ in range(2):
        check(app, finance)
    page = finance.get("/proofs/").get_data(as_text=True)
    assert "付款已暂停" in page and "1 处不符" in page and "应为 8，实为 9" in page
    assert "账实核对不符" in finance.get("/").get_data(as_text=True)
    assert headings(app) == ["账实核对不符，付款已暂停"]
    broken.execute(text("UPDATE dining_size SET stock = 8 WHERE taken = 2"))
    broken.commit()
    check(app, finance)
    assert headings(app) == ["账实核对不符，付款已暂停", "账实核对恢复相符，可以付款"]
    assert "付款已暂停" not in finance.get("/proofs/").get_data(as_text=True)


def test_one_proof_is_checked_alone_blocks_by_itself_and_frees_nothing(app: Flask, broken: Session) -> None:
    finance = staff(app, "Finance")
    check(app, finance, proof="dining.stock")
    page = finance.get("/proofs/dining.stock").get_data(as_text=True)
    assert "鲜虾粥（标准）" in page and "<td>8</td><td>9</td>" in page and "Staff" in page
    assert "付款已暂停" in finance.get("/proofs/").get_data(as_text=True)
    broken.execute(text("UPDATE dining_size SET stock = 8 WHERE taken = 2"))
    broken.commit()
    check(app, finance, proof="dining.stock")
    assert "付款已暂停" in finance.get("/proofs/").get_data(as_text=True)
    check(app, finance)
    assert "付款已暂停" not in finance.get("/proofs/").get_data(as_text=True)


def test_a_run_under_way_shows_how_far_it_is_and_serves_who_asks_again(app: Flask, place: Restaurant) -> None:
    finance = staff(app, "Finance")
    for _ in range(2):
        assert finance.post("/proofs/check").status_code == 303
    page = finance.get("/proofs/").get_data(as_text=True)
    with app.app_context():
        enter_scope(EVERYTHING)
        assert f"0 / {len(all_proofs())} 项" in page
        assert len(db.session.scalars(select(LedgerProofRun).where(LedgerProofRun.finished_at.is_(None))).all()) == 1
    run_waiting(app, only="check_asked_proofs")
    assert "正在核对" not in finance.get("/proofs/").get_data(as_text=True).split("data-tasks")[1]


def test_only_finance_checks_and_reads(app: Flask, place: Restaurant) -> None:
    owner = sign_in(app, place.house.members["Owner"])
    assert owner.get("/proofs/dining.stock").status_code == 403
    assert owner.post("/proofs/check", data={"proof": "dining.stock"}).status_code == 403
    finance = staff(app, "Finance")
    assert finance.get("/proofs/no.such").status_code == 404
    assert finance.post("/proofs/check", data={"proof": "no.such"}).status_code == 404

"""Blocks chain the ledger: what is committed is sealed once and in order, and only the chain sees a word that was changed."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope
from app.kernel.ledger import operations
from app.kernel.ledger.jobs import seal_ledger
from app.kernel.ledger.manifest import manifest
from app.kernel.ledger.models import LedgerBlock
from app.kernel.ledger.proofs import BlocksAreChained, KeptBalancesAreSums
from tests.kernel.ledger.conftest import booked, commit, together
from tests.support.database import calm


def blocks() -> list[tuple[int, str, str]]:
    """(transactions, hash before, hash) of each block."""
    enter_scope(EVERYTHING)
    return [(block.transactions, block.previous_hash, block.hash) for block in db.session.scalars(select(LedgerBlock).order_by(LedgerBlock.id))]


@pytest.fixture
def sealed(unlimited: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five transactions in three blocks of two, two, and one."""
    monkeypatch.setattr(operations, "BLOCK", 2)
    monkeypatch.setattr("app.kernel.ledger.jobs.BLOCK", 2)
    for key in "12345":
        commit(booked(key, 100))
    calm()
    seal_ledger()


def test_blocks_hold_everything_once_and_follow_each_other(sealed: None) -> None:
    (first, start, one), (second, after_one, two), (third, after_two, three) = blocks()
    assert (first, second, third) == (2, 2, 1)
    assert (start, after_one, after_two) == ("0" * 64, one, two)
    assert len({one, two, three}) == 3
    seal_ledger()
    assert len(blocks()) == 3
    commit(booked("6", 100))
    calm()
    seal_ledger()
    assert blocks()[3][:2] == (1, three)


@pytest.mark.parametrize(("tampering", "subjects"), [
    ("UPDATE ledger_transaction SET memo = 'nothing to see' WHERE key = '1'", ["block 1"]),
    ("UPDATE ledger_transaction SET maker = 'staff:9' WHERE key = '4'", ["block 2"]),
    ("UPDATE ledger_transaction SET event_at = event_at - interval '1 microsecond' WHERE key = '5'", ["block 3"]),
    ("UPDATE ledger_block SET hash = repeat('a', 64) WHERE id = 1", ["block 1", "block 2"]),
    ("DELETE FROM ledger_block WHERE id = 2", ["block 3"]),
    ("UPDATE ledger_block SET transactions = 3 WHERE id = 3", ["block 3"]),
])
def test_only_the_chain_sees_a_changed_word(sealed: None, as_superuser: Session, tampering: str, subjects: list[str]) -> None:
    as_superuser.execute(text("SET LOCAL session_replication_role = replica"))
    assert as_superuser.execute(text(tampering)).rowcount == 1  # type: ignore[attr-defined]
    found = {proof: [finding.subject for finding in proof().check(as_superuser)] for proof in manifest.checks}
    assert {proof: named for proof, named in found.items() if named} == {BlocksAreChained: subjects}


def test_money_moved_to_another_account_is_seen(sealed: None, as_superuser: Session) -> None:
    as_superuser.execute(text("SET LOCAL session_replication_role = replica"))
    as_superuser.execute(text("UPDATE ledger_account SET owner_id = 2 WHERE book = 'available'"))
    found = {proof for proof in manifest.checks if proof().check(as_superuser)}
    assert found == {BlocksAreChained}
    assert KeptBalancesAreSums not in found


def test_a_transaction_in_flight_waits_for_the_next_block(unlimited: Flask) -> None:
    commit(booked("1", 100))
    calm()
    operations.post(booked("2", 100), booked("2", 100).event_at)  # not committed
    with unlimited.app_context():
        seal_ledger()
        assert [count for count, _, _ in blocks()] == [1]
    db.session.commit()
    calm()
    seal_ledger()
    assert [count for count, _, _ in blocks()] == [1, 1]


def test_twenty_sealers_at_once_make_one_chain(unlimited: Flask) -> None:
    for key in "123":
        commit(booked(key, 100))
    calm()
    together(unlimited, 20, lambda _: seal_ledger())
    assert [count for count, _, _ in blocks()] == [3]


def test_the_application_cannot_write_blocks(as_app: object, sealed: None) -> None:
    for statement in ("DELETE FROM ledger_block", "UPDATE ledger_block SET hash = ''", "INSERT INTO ledger_block VALUES (9, 9, 9, 9, '', '', now())"):
        with pytest.raises(Exception, match="permission denied"):
            as_app.execute(statement)  # type: ignore[attr-defined]
        as_app.rollback()  # type: ignore[attr-defined]

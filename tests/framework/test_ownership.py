"""Rows are owned: every model says whose, PostgreSQL holds the same, and nobody outside sees or writes them."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select, text

from app import kernel, verticals
from app.core.actors import Scope
from app.core.errors import OutOfScope
from app.extensions import db
from app.framework.access import policy_statements
from app.framework.database import enter_scope, owned_models, undeclared_models
from app.framework.manifest import discover
from tests.support.people import merchant

discover(kernel)
discover(verticals)

# Owned through another row, in SQL of their own (their migrations say why).
THROUGH_ANOTHER = {"ledger_entry", "ledger_balance", "ledger_snapshot", "dining_order"}


def own_tables() -> dict[str, type]:
    """Tables with an owner column, by name."""
    found = {}
    for model in owned_models():
        access = model.__access__
        if model.__module__.startswith("app.") and "__access__" in model.__dict__ and (access.merchant or access.customer):
            found[model.__table__.name] = model
    return found


def test_every_model_says_whose_rows_it_holds(app: Flask) -> None:
    assert undeclared_models() == []


def test_row_level_security_says_the_same_as_the_models(unlimited: Flask) -> None:
    secured = set(db.session.scalars(text("SELECT relname FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace")))
    owned = set(own_tables())
    assert owned - secured == set(), "owned tables without row-level security"
    policies = db.session.execute(text("SELECT tablename, cmd, coalesce(qual, '') || coalesce(with_check, '') AS words FROM pg_policies")).all()
    for name, model in own_tables().items():
        if name in THROUGH_ANOTHER:
            continue
        words = {row.cmd: row.words for row in policies if row.tablename == name}
        access = model.__access__
        if access.merchant:
            assert f"{access.merchant} = " in words["SELECT"], name
        if access.customer:
            assert "baiye_scope_customer" in words["SELECT"], name
        for kind in ("merchant", "customer", "public"):
            opened = bool(re.search(rf"baiye_scope_kind\(\)\s+AS baiye_scope_kind\) = '{kind}'::text\)(?! AND)", words["SELECT"]))
            assert opened == (kind in access.open_to), (name, kind, words["SELECT"])


@pytest.mark.parametrize("table", sorted(set(own_tables()) - THROUGH_ANOTHER))
def test_another_merchant_can_neither_change_nor_delete_a_row_in_sql(app: Flask, table: str) -> None:
    with app.app_context():
        enter_scope(Scope("merchant", 999_999))
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
            try:
                assert db.session.execute(text(statement)).rowcount == 0
            except Exception as refused:
                assert "permission denied" in str(refused) or "append-only" in str(refused)
            db.session.rollback()


def test_forgetting_the_scope_shows_nothing(app: Flask) -> None:
    from app.kernel.parties.models import Membership

    merchant(app)
    with app.app_context():
        assert db.session.scalars(select(Membership)).all() == []
        assert db.session.execute(text("SELECT count(*) FROM party_membership")).scalar_one() == 0


def test_a_merchant_can_not_write_for_another(app: Flask) -> None:
    from app.kernel.parties.models import Membership

    mine, theirs = merchant(app, "甲"), merchant(app, "乙")
    with app.app_context():
        enter_scope(Scope("merchant", mine.merchant_id))
        own = db.session.scalars(select(Membership)).first()
        own.merchant_id = theirs.merchant_id
        with pytest.raises(OutOfScope):
            db.session.flush()
        db.session.rollback()


def test_the_words_of_a_policy_follow_the_access() -> None:
    statements = policy_statements("t", merchant="merchant_id", open_to=("public",))
    assert statements[1] == (
        "CREATE POLICY t_read ON t FOR SELECT USING ((SELECT baiye_scope_all()) OR merchant_id = (SELECT baiye_scope_merchant())"
        " OR (SELECT baiye_scope_kind()) = 'public')"
    )

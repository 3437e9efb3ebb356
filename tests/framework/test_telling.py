"""What PostgreSQL is told of a transaction survives a savepoint that is rolled back, also after an error."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.actors import Actor, Scope
from app.extensions import db
from app.framework.database import elevated, transaction
from tests.support.people import merchant

SCOPE = text("SELECT current_setting('baiye.scope')")


def told() -> str:
    return str(db.session.execute(SCOPE).scalar_one())


@pytest.mark.parametrize("early", [True, False], ids=["told before", "told inside"])
def test_the_scope_holds_after_a_savepoint_that_failed(app: Flask, early: bool) -> None:
    house = merchant(app)
    actor = Actor("member", 1, "林", frozenset({"Owner"}), Scope("merchant", house.merchant_id))
    with app.app_context(), transaction(actor):
        assert not early or told() == actor.scope.as_setting()
        with pytest.raises(IntegrityError), elevated(), db.session.begin_nested():
            db.session.execute(text("INSERT INTO party_merchant SELECT * FROM party_merchant"))
        assert told() == actor.scope.as_setting()
        with pytest.raises(RuntimeError), elevated(), db.session.begin_nested():
            assert told() == "all"
            raise RuntimeError
        assert told() == actor.scope.as_setting()

"""A restaurant with somebody at the desk, and what stands in the tables of the workspace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.support import database
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


@pytest.fixture
def rows(app: Flask, server: str, database_name: str) -> Callable[[str], list[Any]]:
    """Rows of a query, read by the owner of the tables, past every policy."""
    import psycopg

    from app.framework.embedded import embedded_urls

    def read(statement: str) -> list[Any]:
        with psycopg.connect(embedded_urls(server, database_name, database.PASSWORD)[0].replace("+psycopg", "")) as connection:
            return connection.execute(statement).fetchall()

    return read



"""docs/add-a-trade.md, tried: a folder of eight small files is a trade with listings, review, orders, money, statistics, reviews, and its page in the API."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import config
from app.core.money import MILLION
from tests.support import database

PRICE, PIECES = 2001 + 601, 2  # 20.01 hurried by 30 %, rounded up
COMMISSION = PRICE * PIECES * 60_000 // MILLION


@pytest.fixture
def fresh(server: str) -> object:
    """A database of its own: the process of the trade has tables that the product does not know."""
    name = f"fifth_{os.getpid()}"
    database.create(server, name, database.template(server))
    yield name
    database.drop(server, name)


def test_a_fifth_trade_needs_nothing_but_its_folder(server: str, fresh: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "tests.fifth_trade.day", server, fresh], capture_output=True, text=True, timeout=180, cwd=config.ROOT, check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.strip().splitlines()[-1])
    books = said.pop("books")
    assert said == {
        "menu": True, "other trades": 403, "bad price": 422, "put up": 303, "found before review": 0, "found": [["改裤长", 2001]],
        "order": [201, "unpaid", PRICE * PIECES], "owner sees": True, "handed over": 303, "statistics": True, "review": 201, "patron": True,
        "finance sees": True, "in the document": True,
    }
    assert books == {"merchant": PRICE * PIECES - COMMISSION, "commission": COMMISSION}

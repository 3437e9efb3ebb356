"""A demo town is whole or it is not served."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.actors import system
from app.extensions import db
from app.framework.commands import data, supervisor
from app.framework.database import transaction
from app.framework.manifest import Manifest
from app.kernel.parties.models import DemoRun
from tests.support.people import merchant


def waits() -> str:
    """Who says whether a commit waits for the disk: the transaction itself, or the server."""
    with transaction(system("tests")):
        return str(db.session.scalar(text("SELECT setting || ' by ' || source FROM pg_settings WHERE name = 'synchronous_commit'")))


def breaks(_: Flask) -> None:
    """A demo that fails half-way."""
    raise RuntimeError("no paper left")


@pytest.fixture
def parts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two parts of a demo that note that they were played."""
    played: list[str] = []
    monkeypatch.setitem(app.extensions, "notices_after", {})  # read once from the manifests and kept: not from these
    monkeypatch.setitem(app.extensions, "manifests", [
        Manifest("streets", "", demo=lambda _app: played.append("streets")), Manifest("nothing", ""),
        Manifest("shops", "", demo=lambda _app: played.append("shops")),
    ])
    return played


def standing(app: Flask) -> tuple[bool, bool]:
    """Whether a demo was begun, and whether it is half done."""
    with app.app_context(), transaction(system("tests")):
        return db.session.get(DemoRun, 1) is not None, data.is_half_filled()


def test_a_whole_demo_is_marked_finished_and_not_played_twice(app: Flask, parts: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert data.fill(app) == 0
    assert (parts, standing(app)) == (["streets", "shops"], (True, False))
    merchant(app)
    assert data.fill(app) == 1
    assert "already has merchants" in capsys.readouterr().err
    assert parts == ["streets", "shops"]


def test_a_demo_that_breaks_says_what_to_do_then_and_at_the_next_start(
    app: Flask, parts: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(app.extensions, "notices_after", {})  # read once from the manifests and kept: not from these
    monkeypatch.setitem(app.extensions, "manifests", [app.extensions["manifests"][0], Manifest("shops", "", demo=breaks)])
    with pytest.raises(RuntimeError, match="no paper left"):
        data.fill(app)
    assert data.HALF_A_TOWN in capsys.readouterr().err
    assert standing(app) == (True, True)
    assert data.fill(app) == 1
    assert data.HALF_A_TOWN in capsys.readouterr().err
    assert parts == ["streets"]


def test_wiping_forgets_files_and_the_sandboxs_payments_and_keeps_its_keys(tmp_path: Path) -> None:
    files, gateway = tmp_path / "files", tmp_path / "gateway"
    kept, store = gateway / "keys" / "merchant.pem", gateway / "gateway.sqlite3"
    for each in (files / "private" / "a.jpg", kept, store, store.with_name("gateway.sqlite3-wal")):
        each.parent.mkdir(parents=True, exist_ok=True)
        each.touch()
    data.empty_folders(files, gateway)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [kept]
    data.empty_folders(files, gateway)


def test_up_does_not_serve_half_a_town(app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with app.app_context(), transaction(system("tests")) as session:
        session.add(DemoRun(id=1, began_at=data.now()))
    started: list[Any] = []

    @contextmanager
    def opened() -> Any:
        yield {}, None

    monkeypatch.setattr(supervisor, "database", opened)
    monkeypatch.setattr(supervisor, "_prepare", lambda *_: app)
    monkeypatch.setattr(supervisor, "_start", lambda *part: started.append(part))
    monkeypatch.setattr(supervisor.signal, "signal", lambda *_: None)
    assert supervisor.up(None) == 1
    assert (started, data.HALF_A_TOWN in capsys.readouterr().err) == ([], True)


def test_only_the_parts_of_a_demo_do_not_wait_for_the_disk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def ask(house: Flask) -> None:
        with house.app_context():
            said.append(waits())

    monkeypatch.setitem(app.extensions, "notices_after", {})  # read once from the manifests and kept: not from these
    monkeypatch.setitem(app.extensions, "manifests", [Manifest("streets", "", demo=ask)])
    assert data.fill(app) == 0
    with app.app_context():
        assert (said, "by session" in waits()) == (["off by session"], False)

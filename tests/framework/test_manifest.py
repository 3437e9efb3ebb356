"""The packages of the product are found by their manifests, and none is left out in silence."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

from app import kernel, verticals
from app.framework.manifest import discover


def package(folder: Path, name: str, **manifests: bool) -> object:
    """A package of packages, each with or without a manifest."""
    (folder / name).mkdir()
    (folder / name / "__init__.py").touch()
    for place, (each, has) in enumerate(manifests.items()):
        (folder / name / each).mkdir()
        (folder / name / each / "__init__.py").touch()
        if has:
            text = f"from app.framework.manifest import Manifest\nmanifest = Manifest('{each}', '{each}', order={9 - place})\n"
            (folder / name / each / "manifest.py").write_text(text)
    return import_module(name)


def test_every_package_of_ours_has_a_manifest() -> None:
    for ours in (kernel, verticals):
        folders = {path.name for path in Path(ours.__path__[0]).iterdir() if (path / "__init__.py").exists()}
        assert {manifest.name for manifest in discover(ours)} == folders


def test_manifests_come_in_their_order_and_by_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    trades = package(tmp_path, "trades_in_order", baker=True, butcher=True)
    assert [manifest.name for manifest in discover(trades)] == ["butcher", "baker"]
    assert [manifest.name for manifest in discover(trades, only=["baker"])] == ["baker"]
    with pytest.raises(LookupError, match="no such trade: candlemaker"):
        discover(trades, only=["candlemaker", "baker"])


def test_a_package_without_a_manifest_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    trades = package(tmp_path, "trades_half_made", baker=True, butcher=False)
    with pytest.raises(LookupError, match=r"no manifest\.py: trades_half_made\.butcher"):
        discover(trades)

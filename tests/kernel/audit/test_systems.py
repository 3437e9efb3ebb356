"""Who acted when it was not a person is said in words, whichever part of the product it was."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

from app.kernel.audit.words import person_in_words

SOURCES = Path(__file__).resolve().parents[3] / "app"
NAMED = re.compile(r'\bsystem\("([^"]+)"\)')


def test_each_part_of_the_system_has_words_and_a_person_keeps_the_name(app: Flask) -> None:
    names = {name for path in SOURCES.rglob("*.py") for name in NAMED.findall(path.read_text(encoding="utf-8"))}
    assert {"clock", "redemption", "locks", "arrival"} <= names
    with app.test_request_context():
        assert {name for name in names if not re.search(r"[\u4e00-\u9fff]", str(person_in_words(name)))} == set()
        assert (person_in_words("赵思源"), person_in_words(None)) == ("赵思源", None)

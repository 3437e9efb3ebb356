"""Every test that docs/experience.md names exists, and all fifty points stand there."""

from __future__ import annotations

import re

import config

PAGE = (config.ROOT / "docs" / "experience.md").read_text(encoding="utf-8")


def test_the_fifty_points_stand_in_order() -> None:
    assert [int(number) for number in re.findall(r"^\| [☑☐] \| (\d+) ", PAGE, re.MULTILINE)] == list(range(1, 51))


def test_each_tick_names_a_test_or_a_benchmark_that_exists() -> None:
    missing = []
    for line in PAGE.splitlines():
        if not line.startswith("| ☑"):
            continue
        path, name = re.search(r"`((?:tests|bench)/[\w/]+\.py)`:? ?(test_\w+)?", line).groups()  # type: ignore[union-attr] # a line without one fails
        text = (config.ROOT / path).read_text(encoding="utf-8") if (config.ROOT / path).exists() else ""
        if not text or (name and f"def {name}(" not in text):
            missing.append(line)
    assert missing == []

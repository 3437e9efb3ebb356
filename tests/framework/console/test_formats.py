"""How values are written for people."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from app.core.money import yuan
from app.framework.console.formats import when


def test_times_are_local_with_utc_on_hover(site: Flask) -> None:
    with site.test_request_context():
        text = when(datetime(2025, 3, 1, 17, 5, 9, tzinfo=UTC))
    assert 'datetime="2025-03-01T17:05:09+00:00"' in text
    assert 'title="2025-03-02 01:05:09 UTC+8 · 17:05:09 UTC"' in text
    assert ">2025-03-02<" in text


@pytest.mark.parametrize(("fen", "text"), [(0, "¥0.00"), (1, "¥0.01"), (-1275, "−¥12.75"), (123456789, "¥1,234,567.89")])
def test_money_is_written_to_the_fen_with_its_sign(fen: int, text: str) -> None:
    assert yuan(fen) == text

"""Every page that a demo role can reach, with the demo town's data, on a phone, dark, in English: opens, fits, and axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from scripts.screens import Tour, Variant
from tests.browser.walking import complaints, toured_town

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NARROW = Variant(375, True, True)


@pytest.fixture(scope="module")
def town(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    with toured_town(server, Path(tmp_path_factory.mktemp("town"))) as tour:
        yield tour


@pytest.mark.parametrize("who", ["stranger", "owner", "reviewer", "admin"])
def test_every_page_of_a_phone_opens_fits_and_is_accessible(chromium: Browser, town: Tour, who: str) -> None:
    assert complaints(chromium, town, who, NARROW) == []

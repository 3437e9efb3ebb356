"""Every page that a demo role can reach, with the demo town's data, on a wide screen: opens, fits, and axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from scripts.screens import ROLES, Tour, Variant
from tests.browser.walking import complaints, toured_town

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDE = Variant(1440, False, False)


@pytest.fixture(scope="module")
def town(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    with toured_town(server, Path(tmp_path_factory.mktemp("town"))) as tour:
        yield tour


@pytest.mark.parametrize("who", ["stranger", *ROLES])
def test_every_page_opens_fits_and_is_accessible(chromium: Browser, town: Tour, who: str) -> None:
    assert complaints(chromium, town, who, WIDE) == []

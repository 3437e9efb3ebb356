"""What is on its way keeps its shape: nothing flashes before 300 ms, words come after 2 s, all is gone when it has come."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
WORDS = "仍在处理…"
# Clicks, and looks at the page by its own clock: how many parts show their shape, how many lines of words.
LOOK = """selector => {
  window.looks = [];
  const look = () => looks.push([document.querySelectorAll("[data-waiting]").length, document.querySelectorAll(".by-progress-words").length]);
  for (const moment of [150, 450, 2600]) setTimeout(look, moment);
  document.querySelector(selector).click();
}"""
# The same of a list that is left for another order; what was seen outlives the page.
LEAVE = """() => {
  const seen = [], count = (selector) => document.querySelectorAll(selector).length;
  const look = () => {
    const rows = document.querySelector("tbody"), cell = getComputedStyle(rows.querySelector("td:not(.by-tick)"));
    seen.push([
      count("[data-waiting]"), count(".by-progress-words"),
      rows.getAttribute("aria-busy"), cell.color, cell.backgroundImage === "none" ? "" : cell.animationName, rows.offsetHeight,
    ]);
    sessionStorage.looks = JSON.stringify(seen);
  };
  for (const moment of [150, 450, 2600]) setTimeout(look, moment);
  document.querySelector(".by-sort").click();
}"""


def held(page: Page, pattern: str) -> list[Route]:
    """Requests to `pattern` wait in the list that is returned."""
    waiting: list[Route] = []
    page.route(pattern, lambda route: waiting.append(route))  # noqa: PLW0108 - Playwright marks the function it is given
    return waiting


def looks(page: Page, selector: str) -> list[list[int]]:
    """Clicks on `selector`; shapes and words at 150 ms, 450 ms, 2.6 s."""
    page.evaluate(LOOK, selector)
    page.wait_for_timeout(2800)
    found: list[list[int]] = page.evaluate("looks")
    return found


@pytest.mark.parametrize(("width", "calm"), [(1440, False), (375, True)])
def test_the_rows_of_a_list_keep_their_shape(visit: Open, width: int, calm: bool) -> None:
    page = visit("/sample/dishes/", width=width, calm=calm)
    page.route("**/sample/dishes/?*sort=*", lambda route: (time.sleep(2.8), route.continue_()))
    page.evaluate(LEAVE)
    page.wait_for_url("**sort=**", timeout=20_000)
    early, shaped, late = page.evaluate("JSON.parse(sessionStorage.looks)")
    transparent, still, height = "rgba(0, 0, 0, 0)", "none" if calm else "by-breathe", early[-1]
    assert early[:3] == [0, 0, None] and early[3] != transparent
    assert shaped == [2, 0, "true", transparent, still, height], "the rows and their sums; nothing moves"
    assert late == [2, 1, "true", transparent, still, height]
    expect(page.locator("[data-waiting]")).to_have_count(0)
    expect(page.get_by_text(WORDS)).to_have_count(0)


def test_a_dialog_begins_with_its_shape_and_who_closes_it_no_longer_wants_it(visit: Open) -> None:
    page = visit("/sample/dishes/2")
    bones, dialog = page.locator("dialog.by-modal--waiting"), page.locator("dialog.by-modal[open]:not(.by-modal--waiting)")
    waiting = held(page, "**/move/freeze*")
    assert looks(page, "[data-modal*=freeze]") == [[0, 0], [1, 0], [1, 1]]
    expect(bones).to_have_accessible_name("冻结…")
    waiting.pop().continue_()
    expect(dialog).to_have_count(1)
    expect(bones).to_have_count(0)
    expect(page.get_by_text(WORDS)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.evaluate("document.querySelector('[data-modal*=freeze]').click()")
    expect(bones).to_have_count(1)
    page.keyboard.press("Escape")
    page.wait_for_timeout(2500)
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.get_by_text(WORDS)).to_have_count(0)
    assert page.url.endswith("/sample/dishes/2")

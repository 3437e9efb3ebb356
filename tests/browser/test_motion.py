"""Who asked the system for less motion gets none: no transition or animation longer than a hundredth of a second."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open

MOVING = """() => {
  const seconds = (text) => Math.max(...text.split(",").map((each) => parseFloat(each) * (each.trim().endsWith("ms") ? 0.001 : 1)));
  const found = new Set();
  for (const element of document.querySelectorAll("body, body *")) {
    for (const part of [null, "::before", "::after"]) {
      const style = getComputedStyle(element, part);
      const animated = style.animationName !== "none" && seconds(style.animationDuration) > 0.01;
      if (animated || seconds(style.transitionDuration) > 0.01) found.add(`${element.tagName}.${element.className.baseVal ?? element.className}${part ?? ""}`);
    }
  }
  for (const animation of document.getAnimations()) {
    if (animation.playState === "running" && animation.effect.getComputedTiming().duration > 10) found.add(`running ${animation.animationName ?? ""}`);
  }
  return [...found];
}"""
PAGES = ("/", "/sample/dishes/", "/sample/dishes/1", "/sample/dishes/new")


def moving(page: Page) -> list[str]:
    """Elements that would move, as tag and class."""
    found: list[str] = page.evaluate(MOVING)
    return found


def test_nothing_moves_for_those_who_asked_for_less(visit: Open) -> None:
    for path in PAGES:
        assert (path, moving(visit(path, calm=True))) == (path, [])
    page = visit("/sample/dishes/", calm=True)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").wait_for()
    page.locator("[data-palette][open], dialog[open]").first.wait_for()
    assert moving(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox")).to_be_hidden()
    page.locator("body").press("?")
    page.get_by_role("dialog", name="键盘快捷键").wait_for()
    assert moving(page) == []


def test_there_is_motion_for_everybody_else(visit: Open) -> None:
    assert moving(visit("/sample/dishes/")), "otherwise the test above could not fail"

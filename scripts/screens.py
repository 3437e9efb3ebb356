"""Photograph the running demo, wide and narrow, light and dark, in Chinese and English.

`screens.py` writes the gallery, the pages of `GALLERY` in all eight variants, as WebP into docs/screens with an index. `--walk` takes every page instead:
it walks the menu of each role and opens the first record and the forms behind each list.
`--audit` also runs axe on each page and prints what it finds, what is wider than the screen, and what answers with an error; it ends with 1 if anything was.
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ROLES = ("owner", "cashier", "kitchen", "courier", "yunqi", "tea", "chunmei", "warehouse", "reviewer", "operator", "finance", "admin")
STRANGER = ("/sign-in/", "/join", "/api/v1/")
# What a page is built of: each element with its classes, its kind, and what it is inside, but not what it says.
PARTS = """() => {
    const named = each => each.getAttributeNames().filter(name => !name.startsWith('data-'))
    const part = each => [each.tagName, each.className.baseVal ?? each.className, each.type, ...named(each)]
    return [...new Set([...document.body.querySelectorAll('*')].map(each => [...part(each), '<', ...part(each.parentElement)].join(' ')))]
}"""
SAMPLE = "rows => document.querySelectorAll('tbody').forEach(body => [...body.rows].slice(rows).forEach(row => row.remove()))"
AUDIT = "([tags, exclude]) => axe.run({include: [document], exclude}, {runOnly: tags, resultTypes: ['violations'], preload: false})"
CHOOSE = """locale => fetch('/preferences/', {method: 'POST', headers: {'X-Requested-With': 'fetch'}, body: new URLSearchParams({
    locale, csrf_token: document.querySelector('[name=csrf_token]').value})}).then(answer => { if (!answer.ok) throw answer.status })"""
ROWS = 8  # as many rows of a table are audited: the others are built alike
RECORD = re.compile(r"^(/[a-z0-9/-]+?)/(\d+)$")
FORM = re.compile(r"^/[a-z0-9/-]+/(?:add|import|new|form)$")
HEIGHT = {1440: 900, 375: 812}
# Role → pages; a star stands for the first record behind the list before it.
GALLERY = {
    "stranger": ("/sign-in/", "/join"),
    "owner": (
        "/", "/dining/board/", "/dining/orders/*", "/dining/menu/", "/dining/menu/dish/1", "/dining/insights/", "/dining/tables/", "/coupons/", "/coupons/*",
        "/loyalty/members/*", "/messages/", "/statements/*", "/store", "/withdrawals/", "/patrons/", "/segments/", "/broadcasts/*", "/conversations/*",
        "/reviews/",
    ),
    "yunqi": ("/", "/stays/board/", "/stays/desk/", "/stays/prices/", "/stays/insights/"),
    "tea": ("/", "/redeem/", "/vouchers/deals/", "/vouchers/insights/"),
    "chunmei": ("/groupbuy/day/", "/groupbuy/point/"),
    "warehouse": ("/groupbuy/warehouse/",),
    "cashier": ("/cash/",),
    "kitchen": ("/dining/kitchen/",),
    "courier": ("/delivery/", "/earnings/"),
    "reviewer": ("/review/",),
    "operator": (
        "/", "/dining/orders/", "/merchants/1", "/reports/*", "/notices/*", "/document-demands/", "/settings/", "/groupbuy/rounds/*",
        "/groupbuy/insights/", "/deals/*", "/reports-of-listings/",
    ),
    "finance": (
        "/", "/settlement/", "/settlement/people/", "/reconciliation/desk/", "/reconciliation/corrections/", "/reconciliation/months/", "/fees/desk/",
        "/fees/trial/", "/sharing/", "/sharing/freezes/", "/credit/statements/*", "/ledger/", "/proofs/", "/payments/anomalies/", "/profit",
        "/insights/", "/insights/customers", "/insights/cohorts",
    ),
    "admin": ("/audit/", "/jobs/"),
}


@dataclass(frozen=True)
class Variant:
    """One way of looking: width in CSS pixels, theme, language."""

    width: int
    dark: bool
    english: bool

    @property
    def name(self) -> str:
        """`1440-light-zh`: how its pictures end."""
        return f"{self.width}-{'dark' if self.dark else 'light'}-{'en' if self.english else 'zh'}"


VARIANTS = (Variant(1440, False, False), Variant(1440, True, True), Variant(375, False, False), Variant(375, True, True))
EVERY_VARIANT = tuple(Variant(width, dark, english) for width in (1440, 375) for dark in (False, True) for english in (False, True))


@dataclass
class Tour:
    """A walk through the product at `base` that keeps pictures in `out` (none without one) and remembers complaints.

    axe looks at a page that has parts which it has not seen on pages of its kind: `audited` may be shared by walks of the same variant.
    """

    base: str
    out: Path | None
    audit: bool
    full: bool = False
    complaints: list[str] = field(default_factory=list)
    seen: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    audited: dict[str, set[str]] = field(default_factory=dict)
    states: dict[str, Any] = field(default_factory=dict)  # role → cookies: a second-factor code signs in once

    def open(self, page: Page, path: str, variant: Variant) -> bool:
        """Show `path`; False when it is not a page to look at."""
        try:
            answer = page.goto(self.base + path + (("&" if "?" in path else "?") + "_l_=en" if variant.english else ""))
        except Exception as broken:
            if "Download is starting" in str(broken):
                return False
            raise
        if answer is None or "text/html" not in (answer.headers.get("content-type") or ""):
            return False
        if path.startswith("/api/"):
            page.locator(".opblock").first.wait_for()
        if answer.status >= 400:
            self.complaints.append(f"{variant.name} {path}: {answer.status}")
        return True

    def look(self, page: Page, who: str, path: str, variant: Variant) -> None:
        """Keep what is on the screen, and what axe says about it."""
        if self.out:
            self.picture(page, self.out, who, path, variant)
        if self.audit:
            whole = not self.audited.get(f"{variant.name} {who}")
            found = [*wider(page), *spilt(page), *(faults(page, whole) if self.unseen(page, path, variant) else [])]
            self.audited[f"{variant.name} {who}"] = {path}
            self.complaints += [f"{variant.name} {who} {path}: {each}" for each in found]

    def unseen(self, page: Page, path: str, variant: Variant) -> bool:
        """Whether the page has parts that no audited page of its kind had; they count as audited from here on."""
        kind = RECORD.sub(r"\1/0", path)
        known = self.audited.setdefault(f"{variant.name} {kind}", set())
        parts = set(page.evaluate(PARTS))
        new = not parts <= known
        known |= parts
        return new

    def picture(self, page: Page, out: Path, who: str, path: str, variant: Variant) -> None:
        """Write what is on the screen."""
        page.wait_for_timeout(250)
        name = f"{who}/{path.strip('/').replace('/', '.') or 'home'}"
        target = out / f"{name}.{variant.name}.webp"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.open(io.BytesIO(page.screenshot(full_page=self.full))).save(target, "WEBP", quality=62, method=4)
        self.seen.setdefault(name, []).append((variant.name, target.relative_to(out).as_posix()))

    @contextmanager
    def person(self, browser: Browser, who: str, variant: Variant) -> Iterator[Page]:
        """A page of a browser that the role has signed in to; errors of scripts are complaints."""
        context = browser.new_context(
            viewport={"width": variant.width, "height": HEIGHT[variant.width]}, color_scheme="dark" if variant.dark else "light", reduced_motion="reduce",
            locale="en-GB" if variant.english else "zh-CN", storage_state=self.states.get(who),
        )
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{variant.name} {who} {page.url}: {error}"))
        if who != "stranger" and who not in self.states:
            sign_in(page, self.base, who)
            self.states[who] = context.storage_state()
        yield page
        context.close()

    def visit(self, browser: Browser, who: str, variant: Variant, only: str = "") -> None:
        """All pages of one role in one variant."""
        with self.person(browser, who, variant) as page:
            self.walk(page, who, variant, only)

    def gallery(self, browser: Browser, who: str, variant: Variant) -> None:
        """The pages of the gallery of one role in one variant, whose language also answers what scripts ask for."""
        with self.person(browser, who, variant) as page:
            speak(page, self.base, english=variant.english)
            for path in GALLERY[who]:
                target = path
                if path.endswith("*"):
                    self.open(page, path[:-1], variant)
                    target = next(each for each in links(page, "main a") if RECORD.match(each) and each.startswith(path[:-1]))
                self.open(page, target, variant)
                self.look(page, who, target, variant)

    def walk(self, page: Page, who: str, variant: Variant, only: str) -> None:
        """The menu of the role; behind each page of it the first record of each kind and the forms that it leads to. Each page once."""
        menu = list(STRANGER) if who == "stranger" else ["/", *(path for path in links(page, "nav#side a") if path != "/")]
        ahead, kinds = list(menu), {RECORD.sub(r"\1", path) for path in menu}
        while ahead:
            path = ahead.pop(0)
            if not self.open(page, path, variant):
                continue
            if re.search(only, path):
                self.look(page, who, path, variant)
            if path in menu and who != "stranger":
                ahead = [*_unseen(links(page, "main a"), kinds), *ahead]


def _unseen(paths: list[str], kinds: set[str]) -> Iterator[str]:
    """The first record of each kind and each form among the paths, whose kinds are remembered."""
    for path in paths:
        kind = RECORD.sub(r"\1/0", path) if RECORD.match(path) else path
        if (RECORD.match(path) or FORM.match(path)) and kind not in kinds:
            kinds.add(kind)
            yield path


def sign_in(page: Page, base: str, who: str) -> None:
    """Sign in as a demo role by its button; type the code that the demo shows when a second factor is asked for."""
    page.goto(f"{base}/sign-in/")
    page.locator(f"form:has(input[value='{who}']) button").click()
    page.wait_for_load_state()
    if "/sign-in/code" in page.url:
        page.fill("#code", page.locator(".by-code-shown").inner_text())
        page.locator("form .by-btn--primary").click()
        page.wait_for_url(f"{base}/")


def speak(page: Page, base: str, *, english: bool) -> None:
    """Choose the language, as the switch at the top does."""
    page.goto(f"{base}/sign-in/")
    page.evaluate(CHOOSE, "en" if english else "zh")


def links(page: Page, selector: str) -> list[str]:
    """Paths of the links that the selector finds, each once."""
    found = page.eval_on_selector_all(selector, "all => all.map(each => each.pathname).filter(path => path)")
    return list(dict.fromkeys(path for path in found if not path.startswith(("/api/", "/static/", "/files/"))))


def faults(page: Page, whole: bool = True) -> list[str]:
    """What axe finds, with a few rows of each table, and with the side bar when it is `whole`."""
    page.evaluate(SAMPLE, ROWS)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(AUDIT, [RULES, [] if whole else [["#side"]]])["violations"]
    return [f"{each['id']} {each['nodes'][0]['html'][:140]}" for each in found]


def spilt(page: Page) -> list[str]:
    """Markup that is read as words: an attribute that something ended too early."""
    return [f"markup among the words: {each}" for each in re.findall(r'.{0,40}\b(?:class|href|data-[a-z]+|aria-[a-z]+|value)="', page.inner_text("body"))]


def wider(page: Page) -> list[str]:
    """Whether the page is wider than the screen."""
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")
    return ["wider than the screen"] if wide else []


def index(tour: Tour) -> str:
    """The gallery's page: a row for each page, a column for each variant."""
    variants = list(dict.fromkeys(name for pictures in tour.seen.values() for name, _ in pictures))
    rows = [f"| {' | '.join(['page', *variants])} |", f"|{'---|' * (len(variants) + 1)}"]
    for name, pictures in sorted(tour.seen.items()):
        by_variant = dict(pictures)
        rows.append(f"| {name} | " + " | ".join(f"[see]({by_variant[each]})" if each in by_variant else "" for each in variants) + " |")
    return "# Screens\n\nMade by `make screens` from the demo. A row is a page of a demo role; a column is width, theme, language.\n\n" + "\n".join(rows) + "\n"


def main() -> int:
    """Walk, keep the pictures, write the index."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", default="http://127.0.0.1:8080", help="where the product runs with its demo")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screens")
    parser.add_argument("--roles", default=",".join(("stranger", *ROLES)))
    parser.add_argument("--walk", action="store_true", help="every page instead of the gallery")
    parser.add_argument("--only", default="", help="paths that match this expression")
    parser.add_argument("--variants", default="", help="names such as 1440-dark-zh; without any the gallery takes all eight, a walk four")
    parser.add_argument("--audit", action="store_true")
    parser.add_argument("--full", action="store_true", help="whole pages, not the first screen")
    chosen = parser.parse_args()
    named = [each for each in EVERY_VARIANT if each.name in chosen.variants.split(",")]
    tour = Tour(chosen.base, chosen.out, chosen.audit, chosen.full)
    browser_path = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        for variant in named or (VARIANTS if chosen.walk else EVERY_VARIANT):
            for who in chosen.roles.split(","):
                if chosen.walk:
                    tour.visit(browser, who, variant, chosen.only)
                elif who in GALLERY:
                    tour.gallery(browser, who, variant)
        browser.close()
    (chosen.out / "README.md").write_text(index(tour), encoding="utf-8")
    print(f"{sum(map(len, tour.seen.values()))} pictures of {len(tour.seen)} pages in {chosen.out}")
    print("\n".join(tour.complaints))
    return 1 if tour.complaints else 0


if __name__ == "__main__":
    sys.exit(main())

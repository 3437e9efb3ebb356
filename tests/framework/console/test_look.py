"""The look: contrast of the tokens as promised, no raw colour or inline style, every icon that is named exists, messages whole."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import config

STATIC = config.ROOT / "app" / "static"
TOKENS = (STATIC / "css" / "tokens.css").read_text()
PAPER = ("canvas", "sunken", "surface", "raised", "hover", "selected")


def colours(theme: int) -> dict[str, str]:
    """Token → hex in light (0) or dark (1)."""
    found = {name: (light, dark)[theme] for name, light, dark in re.findall(r"--by-([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", TOKENS)}
    return found | {"on-solid": "#ffffff"}


def ratio(one: str, two: str) -> float:
    """The contrast of WCAG 2."""
    def luminance(colour: str) -> float:
        parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


SOFT = ("accent-soft", "ok-soft", "wait-soft", "bad-soft", "hold-soft", "mute-soft")
PROMISED = [
    (("text",), PAPER, 14.65, 12.14),
    (("text-2",), PAPER, 7.33, 7.93),
    (("text-3",), PAPER, 4.98, 5.37),
    (("accent",), PAPER, 6.97, 6.95),
    (("ok", "wait", "bad"), PAPER, 6.27, 6.76),
    (("hold", "mute"), PAPER, 6.77, 7.00),
    (("on-solid",), ("accent-solid", "accent-solid-hover"), 7.23, 4.76),
    (("on-solid",), ("ok-solid", "wait-solid", "bad-solid"), 5.85, 5.45),
    (("on-solid",), ("seal",), 5.52, 5.52),
    (("field",), ("surface", "canvas"), 3.18, 4.06),
    (("accent",), ("accent-soft",), 6.80, 6.85),
    (("ok",), ("ok-soft",), 6.19, 7.67),
    (("wait",), ("wait-soft",), 6.49, 7.71),
    (("bad",), ("bad-soft",), 6.07, 7.17),
    (("hold",), ("hold-soft",), 7.04, 7.29),
    (("mute",), ("mute-soft",), 6.53, 6.84),
    (("text",), ("mark", *SOFT), 14.13, 7.87),
    (("text-2",), ("mark", *SOFT), 7.06, 5.14),
    (("on-inverse", "on-inverse-2"), ("inverse",), 9.31, 6.81),
    (tuple(f"chart-{number}" for number in range(1, 7)), ("surface",), 4.28, 6.03),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("promise", PROMISED, ids=lambda promise: f"{promise[0][0]} on {promise[1][0]}")
def test_contrast_is_what_the_look_promises(promise: tuple[tuple[str, ...], tuple[str, ...], float, float], theme: int) -> None:
    inks, grounds, light, dark = promise
    known = colours(theme)
    worst = min(ratio(known[ink], known[ground]) for ink in inks for ground in grounds)
    assert worst >= (3.0 if inks[0] in {"field", "chart-1"} else 4.5)
    assert worst == pytest.approx((light, dark)[theme], abs=0.02)


def templates() -> list[str]:
    """All templates of the console itself."""
    return [path.read_text() for folder in ("base", "console") for path in (config.ROOT / "templates" / folder).rglob("*.html")]


def test_no_template_styles_or_scripts_inline() -> None:
    for source in templates():
        assert not re.search(r"<[^>%{]*\s(style|on[a-z]+)=", source)
        assert not re.search(r"<script(?![^>]*nonce)", source)


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    known = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "img" / "icons.svg").read_text()))
    pages = [path.read_text() for path in (config.ROOT / "templates").rglob("*.html")]
    code = [path.read_text() for path in (config.ROOT / "app").rglob("*.py")]
    used = {name for source in pages for name in re.findall(r"\b(?:icon|blank)\('([\w-]+)'", source)}
    named = re.compile(r'\bicon ?= ?"([\w-]+)"|MenuItem\([^\n]*_l\("[^"]+"\), "([\w-]+)"')
    used |= {name for source in code for names in named.findall(source) for name in names if name}
    assert used <= known


def test_components_use_tokens_that_exist() -> None:
    known = set(re.findall(r"(--by-[\w-]+):", TOKENS))
    for name in ("components.css", "console.css", "print.css"):
        assert set(re.findall(r"var\((--by-[\w-]+)", (STATIC / "css" / name).read_text())) <= known, name


def test_flask_appbuilder_speaks_chinese_throughout() -> None:
    code = "import sys; sys.path.insert(0, 'scripts'); import messages; print(messages.fab_gaps() + messages.damaged())"
    done = subprocess.run([sys.executable, "-c", code], cwd=config.ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_lock_of_front_end_packages_names_no_host() -> None:
    assert "http" not in re.sub(r'"(funding|url)": (\{[^}]*\}|"[^"]*")', "", (config.ROOT / "package-lock.json").read_text())


def test_no_attribute_holds_a_value_that_is_written_with_tags() -> None:
    """`{{ fen|money }}` is an element: inside quotes it ends the attribute. `|yuan` is the same in plain text."""
    tagged = re.compile(r"""=("[^"]*\|\s*(?:money|when|ref|chip|cell_of)\b[^"]*"|'[^']*\|\s*(?:money|when|ref|chip|cell_of)\b[^']*')""")
    faults = [f"{path.name}: {found[0]}" for path in sorted((config.ROOT / "templates").rglob("*.html")) for found in tagged.finditer(path.read_text())]
    assert faults == []

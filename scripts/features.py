"""Write docs/features.md from the marks of the tests: item, what shows it. `features.py check` fails when the page is old."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "features.md"
HEAD = """# Features and their tests

Made by `make features` from the `covers` marks of the tests: each line is an item of a trade (S step, F function, R revenue, E every trade, X beyond)
and the tests that show it working through a door of the product on PostgreSQL.

| item | shown by |
|---|---|
"""


def marks() -> dict[str, list[str]]:
    """Item → the tests that bear it, by file and name."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for item in _items(node):
                    found[item].append(f"`{path.relative_to(ROOT)}` {node.name.removeprefix('test_').replace('_', ' ')}")
    return found


def _items(function: ast.FunctionDef) -> list[str]:
    calls = [each for each in function.decorator_list if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr == "covers"]
    return [argument.value for call in calls for argument in call.args if isinstance(argument, ast.Constant)]


def page() -> str:
    """The page as it should be."""
    found = marks()
    order = sorted(found, key=lambda item: (item.split(".")[0], "SFREX".index(item.split(".")[1][0]), int(item.split(".")[1][1:])))
    return HEAD + "".join(f"| {item} | {'<br>'.join(found[item])} |\n" for item in order)


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        sys.exit(0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page() else "docs/features.md is old: run `make features`")
    PAGE.write_text(page(), encoding="utf-8")

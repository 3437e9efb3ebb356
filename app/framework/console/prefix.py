"""Search conditions that an index answers even under row-level security.

PostgreSQL gives `LIKE` to an index only after a row's policy has been asked, because `LIKE` could tell about rows one may not see. Comparisons
are known not to, so the beginning of a text is looked for as a range.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_

LAST = "\U0010ffff"


def begins_with(column: Any, text: str) -> ColumnElement[bool]:
    """The column's text begins with `text`, as a range that a plain index answers. The column has the collation "C", which orders by code point."""
    return and_(column >= text, column < text + LAST)

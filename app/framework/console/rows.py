"""Child rows of a form: as many as somebody adds, in the order in which they stand. `rows.js` adds, removes, and moves them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

ROWS_AT_MOST = 60


def typed_rows(form: Mapping[str, str], name: str, fields: Iterable[str]) -> list[tuple[str, dict[str, str]]]:
    """(`name-3`, field → words) of each row `name-<number>-<field>`, in the order in which the form sent them; at most 60.

    Numbers only tell rows apart. Blanks at the ends and within are one space; fields that were not sent are empty.
    """
    pattern = re.compile(rf"{re.escape(name)}-(\d{{1,3}})-")
    numbers = dict.fromkeys(match[1] for key in form if (match := pattern.match(key)))
    wanted = tuple(fields)
    return [
        (f"{name}-{number}", {field: " ".join(form.get(f"{name}-{number}-{field}", "").replace("\x00", "").split()) for field in wanted})
        for number in list(numbers)[:ROWS_AT_MOST]
    ]

"""Text tables: rows separated by commas, in UTF-8."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import IO

from app.framework.spreadsheets.cells import safe_text


def write_lines(file: IO[bytes], rows: Iterable[list[str]], *, safe: bool) -> None:
    """Append the rows. Cells that are not `safe` yet are made so: none is taken for a formula."""
    text = io.StringIO()
    csv.writer(text).writerows(rows if safe else [[safe_text(cell) for cell in row] for row in rows])
    file.write(text.getvalue().encode())

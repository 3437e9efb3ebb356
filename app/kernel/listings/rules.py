"""What words become in the index: pure functions of values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

GRAMS_AT_MOST = 600
_RUNS = re.compile(r"[㐀-䶿一-鿿豈-﫿]+|[^\W_㐀-䶿一-鿿豈-﫿]+")


def grams_of(words: str) -> list[str]:
    """The index terms of a text, each once, in order: every single Chinese character and pair of neighbours, every Latin word and number as it is.

    Width and case are folded (NFKC), so that ＷＩＦＩ is wifi. Bigrams are what Chinese is searched by without a dictionary.
    """
    found: dict[str, None] = {}
    for run in _runs(words):
        for gram in _cut(run):
            found[gram] = None
    return list(found)[:GRAMS_AT_MOST]


def terms_of(words: str) -> list[str]:
    """What a question asks of the index: all pairs of each Chinese run, a single character alone only where the run is no longer; whole words."""
    found: dict[str, None] = {}
    for run in _runs(words):
        for gram in _cut(run):
            if len(gram) > 1 or len(run) == 1:
                found[gram] = None
    return list(found)[:GRAMS_AT_MOST]


def _runs(words: str) -> Iterator[str]:
    return iter(_RUNS.findall(unicodedata.normalize("NFKC", words).lower()))


def _cut(run: str) -> Iterator[str]:
    if not "㐀" <= run[0] <= "﫿":
        yield run[:32]
        return
    yield from run
    yield from (run[at : at + 2] for at in range(len(run) - 1))

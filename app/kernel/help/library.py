"""The texts of docs/help as topics. A file's first line names the pages that it explains: `<!-- pages: dining.board dining.orders -->`."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from config import ROOT

FOLDER = ROOT / "docs" / "help"
LANGUAGES = ("zh", "en")
PAGES = re.compile(r"\A<!-- pages:(?P<pages>[^>]*)-->\n")
READER = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Part:
    """A section of a topic: its anchor in the address, its head, and its words for the search."""

    anchor: str
    title: str
    words: str


@dataclass(frozen=True)
class Topic:
    """A text: `name` in the address, the views that it explains, its HTML without the title."""

    name: str
    title: str
    pages: tuple[str, ...]
    body: Markup
    parts: tuple[Part, ...]


@functools.cache
def topics(language: str) -> tuple[Topic, ...]:
    """All topics in `zh` or `en`, in the order of their files."""
    return tuple(_read(path.stem.partition("-")[2], path.read_text()) for path in sorted((FOLDER / language).glob("*.md")))


def topic_named(name: str, language: str) -> Topic | None:
    """The topic, None when there is none."""
    return next((each for each in topics(language) if each.name == name), None)


def topic_of_page(view: str) -> str | None:
    """The name of the topic that explains a view."""
    return next((each.name for each in topics(LANGUAGES[0]) if view in each.pages), None)


def found(words: str, language: str) -> list[tuple[Topic, Part]]:
    """The sections in which all the words occur, in the order of the topics; whoever types nothing finds nothing."""
    wanted = words.lower().split()
    pairs = [(topic, part) for topic in topics(language) for part in topic.parts] if wanted else []
    return [(topic, part) for topic, part in pairs if all(word in f"{topic.title} {part.title} {part.words}".lower() for word in wanted)]


def neighbours(topic: Topic, among: Sequence[Topic]) -> tuple[Topic | None, Topic | None]:
    """The topics before and after it."""
    place = list(among).index(topic)
    return (among[place - 1] if place else None, among[place + 1] if place + 1 < len(among) else None)


def _read(name: str, text: str) -> Topic:
    head = PAGES.match(text)
    if head is None:
        raise ValueError(f"docs/help: {name} does not say which pages it explains")
    tokens = READER.parse(text[head.end():])
    title, tokens = tokens[1].content, tokens[3:]
    parts = tuple(_parts(tokens))
    return Topic(name, title, tuple(head["pages"].split()), Markup(READER.renderer.render(tokens, READER.options, {})), parts)  # noqa: S704 - our own text, its HTML switched off


def _parts(tokens: list[Token]) -> list[Part]:
    """The sections; each head of second order gets its anchor."""
    found_parts: list[Part] = []
    for place, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            token.attrSet("id", f"part-{len(found_parts) + 1}")
            found_parts.append(Part(f"part-{len(found_parts) + 1}", tokens[place + 1].content, ""))
        elif token.type == "inline" and found_parts and tokens[place - 1].type != "heading_open":
            last = found_parts[-1]
            found_parts[-1] = Part(last.anchor, last.title, f"{last.words} {token.content}".strip())
    return found_parts

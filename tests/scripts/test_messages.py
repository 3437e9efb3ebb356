"""The catalogue's check sees placeholders that English lost or invented."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog

from scripts import messages


@pytest.mark.parametrize(("text", "english", "whole"), [
    ("还差 %(count)s 项", "%(count)s to go", True),
    ("还差 %(count)s 项", "Some to go", False),
    ("还差 %(count)s 项", "%(number)s to go", False),
    ("还差一项", "%(count)s to go", False),
    ("%(a)s 到 %(b)s", "%(b)s, from %(a)s", True),
    ("%(a)s 到 %(b)s", "until %(b)s", False),
    (("%(num)d 天", "%(num)d 天"), ("one day", "%(num)d days"), True),
    (("%(num)d 天", "%(num)d 天"), ("%(num)d day", "some days"), False),
    (("%(who)s 的 %(num)d 天", "%(who)s 的 %(num)d 天"), ("one day", "%(num)d days of %(who)s"), False),
])
def test_a_lost_or_invented_placeholder_is_found(
    monkeypatch: pytest.MonkeyPatch, text: messages.Key, english: messages.Key, *, whole: bool
) -> None:
    source, translated = Catalog(locale="en"), Catalog(locale="en")
    source.add(text)
    translated.add(text, english)
    monkeypatch.setattr(messages, "extracted", lambda: source)
    monkeypatch.setattr(messages, "kept", lambda _locale: translated)
    assert (messages.damaged() == []) is whole

"""Words with variables: which are allowed, and what they become."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal
from app.framework.notices import Variable
from app.kernel.inbox.rules import FIELD

PLACE = re.compile(r"\{([^{}]*)\}")


class UnknownVariable(Refusal):
    """The words name a variable that the notice does not have."""

    code = "notice.unknown_variable"
    status = 422
    sentence = _l("没有 {%(name)s} 这个变量，能用的是：%(offered)s")


class VariableMissing(Refusal):
    """The words leave out what the reader must know."""

    code = "notice.variable_missing"
    status = 422
    sentence = _l("要写上 {%(name)s}（%(label)s），收到的人不能没有它")


class BadSubscribeLine(Refusal):
    """A line that fills a subscribe message is not `field=words`, or its field is none of WeChat's."""

    code = "notice.subscribe_line"
    status = 422
    sentence = _l("“%(line)s”不对，一行写一个：thing1={变量}，名字照微信模板里的")


def subscribe_lines(text: str, variables: Sequence[Variable], *, field: str) -> dict[str, str]:
    """WeChat's field → words with variables, of lines `thing1={order}`. Refuses BadSubscribeLine, UnknownVariable."""
    found = {}
    for line in filter(None, (each.strip() for each in text.splitlines())):
        name, dash, words = line.partition("=")
        if not dash or not FIELD.fullmatch(name.strip()) or not words.strip():
            raise BadSubscribeLine(field=field, line=line[:40])
        check_words(words, variables, field=field, required=False)
        found[name.strip()] = words.strip()
    return found


def filled(words: str, values: Mapping[str, Any]) -> str:
    """The words with `{name}` replaced by its value, once: what a value holds is never read as a variable."""
    return PLACE.sub(lambda found: str(values.get(found[1], found[0])), words)


def check_words(words: str, variables: Sequence[Variable], *, field: str, required: bool) -> None:
    """Raises UnknownVariable, and with `required` VariableMissing, beside `field`."""
    offered = {variable.name: variable for variable in variables}
    used = PLACE.findall(words)
    unknown = next((name for name in used if name not in offered), None)
    if unknown is not None:
        raise UnknownVariable(field=field, name=unknown, offered=" ".join(f"{{{name}}}" for name in offered))
    missing = next((variable for variable in variables if required and variable.required and variable.name not in used), None)
    if missing is not None:
        raise VariableMissing(field=field, name=missing.name, label=missing.label)

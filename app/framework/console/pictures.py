"""Several pictures in one field of a form, in the order that somebody gave them. The macro `pictures` draws it, `pictures.js` moves them."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage, MultiDict

from app.core.errors import Invalid, Refusal


class TooManyPictures(Refusal):
    """More pictures than the field holds."""

    code = "pictures.too_many"
    status = 422
    sentence = _l("最多 %(most)s 张图片，先移除几张")


def arranged(form: MultiDict[str, str], files: MultiDict[str, FileStorage], name: str, present: Sequence[str], *, most: int) -> list[str | FileStorage]:
    """What the field `name` holds once saved, in order: keys of `present` pictures, and files that are still to be stored.

    With scripts `<name>-order` lists keys and `new:<number of the file>`; without, `<name>-place-<key>` numbers the present ones,
    `<name>-remove` names those to go, and new files come last. Raises Invalid for a key that is not `present`, TooManyPictures.
    """
    sent = {f"new:{number}": file for number, file in enumerate(each for each in files.getlist(name) if each.filename)}
    if f"{name}-arranged" in form:
        order = form.getlist(f"{name}-order")
    else:
        places = {key: _place(form.get(f"{name}-place-{key}", ""), number) for number, key in enumerate(present, 1)}
        order = [*sorted(present, key=places.__getitem__), *sent]
    gone = set(form.getlist(f"{name}-remove"))
    kept = [each for each in dict.fromkeys(order) if each not in gone]
    if not set(kept) <= {*present, *sent}:
        raise Invalid(errors=[{"field": name, "code": "unknown", "message": str(_l("这张图片不在这里，刷新后再改"))}])
    if len(kept) > most:
        raise TooManyPictures(field=name, most=most)
    return [sent.get(each, each) for each in kept]


def _place(typed: str, otherwise: int) -> int:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 4 else otherwise

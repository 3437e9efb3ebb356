"""A form that was refused stands again with what was typed, and says why beside its inputs."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.errors import Conflict, Refusal
from app.extensions import db

VERSION_DIGITS = 9


def take_back(refusal: Refusal) -> None:
    """Undo what the request wrote, so that its form can stand again; raise a refusal that is about the whole page (403, 404)."""
    if refusal.status in {403, 404}:
        raise refusal
    db.session.rollback()


def said_beside(refusal: Refusal | None) -> dict[str, str]:
    """Name of the input → what is wrong with it; `""` for the form as a whole."""
    return {problem["field"] or "": str(problem["message"]) for problem in refusal.problems} if refusal else {}


def version_given(form: Mapping[str, str], name: str = "version") -> int | None:
    """The version of the record that the form was filled from, None when it says none. Refuses Conflict for what no record's version can be."""
    given = form.get(name, "")
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) <= VERSION_DIGITS):
        raise Conflict
    return int(given)

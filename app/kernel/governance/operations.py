"""Write down who proposed and who approved, and that they are two people."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Refusal
from app.kernel.governance.models import Proposal

PEOPLE = ("staff", "member")


class SamePerson(Refusal):
    """Whoever proposed something may not approve it."""

    code = "proposal.same_person"
    status = 403
    sentence = _l("自己提的要由另一个人批准")


def maker_name(actor: Actor) -> str:
    """How a maker or checker is written down: kind and id, so that two people of one name differ."""
    return f"{actor.kind}:{actor.id}" if actor.id else actor.name


def is_maker(made_by: str | None, actor: Actor) -> bool:
    """True when `actor` is the person written down: also when they came in by the other door, as a member and as staff."""
    if actor.id and actor.kind in PEOPLE:
        return made_by in {f"{kind}:{actor.id}" for kind in PEOPLE}
    return made_by == maker_name(actor)


def approve_as_second(proposal: Proposal, *, actor: Actor, now: datetime, refusal: type[SamePerson] = SamePerson) -> None:
    """Note who approved and when. Raises `refusal` for the proposer."""
    if is_maker(proposal.made_by, actor):
        raise refusal
    proposal.approved_by, proposal.approved_at = maker_name(actor), now

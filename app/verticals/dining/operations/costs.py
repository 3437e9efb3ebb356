"""Say what portions cost. Amounts in fen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import Invalid, NotFound
from app.core.money import NotAnAmount, parse_yuan
from app.extensions import db
from app.kernel.audit.operations import append
from app.verticals.dining.models import Size

MOST = 99_999_999
PREFIX = "cost-"


def typed_costs(form: Mapping[str, str]) -> dict[int, int | None]:
    """Size id → fen of what was typed in `cost-<id>`, None for an empty field. Raises Invalid with every field that is no amount."""
    errors: list[dict[str, str]] = []
    found: dict[int, int | None] = {}
    for name, text in form.items():
        key = name.removeprefix(PREFIX)
        if not name.startswith(PREFIX) or not key.isdecimal():
            continue
        try:
            found[int(key)] = parse_yuan(text) if text.strip() else None
        except NotAnAmount as refusal:
            errors.append({"field": name, "code": refusal.code, "message": str(refusal)})
    if errors:
        raise Invalid(errors=errors)
    return found


def set_costs(costs: Mapping[int, int | None], *, merchant_id: int, actor: Actor, now: datetime) -> int:
    """The sizes have these costs; how many changed. Refuses NotFound for a size of somebody else, and then changes none."""
    sizes = {size.id: size for size in db.session.scalars(select(Size).where(Size.merchant_id == merchant_id, Size.id.in_(costs)))}
    if set(costs) - set(sizes) or any(cost is not None and cost > MOST for cost in costs.values()):
        raise NotFound
    changed = [size for key, size in sorted(sizes.items()) if size.cost != costs[key]]
    for size in changed:
        append("dining_size.cost_set", size, actor=actor, now=now, changes={"cost": [size.cost, costs[size.id]]})
        size.cost = costs[size.id]
    return len(changed)

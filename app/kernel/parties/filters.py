"""Filters of console lists that look up parties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, or_

from app.framework.console.filters import ChoiceFilter, PartyFilter
from app.framework.console.offering import trades
from app.kernel.parties.queries import merchant_named, merchants_called

MERCHANT_FILTER = PartyFilter("merchant_id", _l("商户"), options=merchants_called, named=merchant_named)


@dataclass(frozen=True)
class TradesFilter(ChoiceFilter):
    """Merchants that are in one of the trades, whatever else they are in."""

    def options(self, model: Any) -> dict[str, Any]:
        """The trades that are switched on."""
        return trades()

    def condition(self, model: Any, value: str) -> ColumnElement[bool]:
        """One of the trades is among those of the merchant. Raises BadFilter."""
        chosen = value.split(",")
        if any(each not in trades() for each in chosen):
            raise self.bad(value)
        return or_(*(getattr(model, self.column).contains([each]) for each in chosen))


@dataclass(frozen=True)
class RoleFilter(ChoiceFilter):
    """People who hold one of the roles."""

    choices: Mapping[Any, Any] | None = None

    def condition(self, model: Any, value: str) -> ColumnElement[bool]:
        """One of the roles is among those of the person. Raises BadFilter."""
        chosen = value.split(",")
        if any(each not in self.options(model) for each in chosen):
            raise self.bad(value)
        roles = getattr(model, self.column)
        return roles.any(roles.property.mapper.class_.name.in_(chosen))  # type: ignore[no-any-return]

"""Reject reasons from a spreadsheet: as if each were added by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.framework.importing import Fault, ImportColumn, Importer, Row
from app.kernel.approvals.operations.library import add_reason


def check_reasons(rows: Sequence[Row]) -> Iterator[Fault]:
    """A sentence stands once for each kind."""
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        place = (row.values["kind"], row.values["sentence"])
        if place in seen:
            yield Fault(row.number, str(_l("理由")), str(_l("和第 %(row)d 行一样", row=seen[place])))
        seen.setdefault(place, row.number)


def bring_in_reason(values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Any:
    """One sentence more in the library."""
    add_reason(**values, actor=actor, now=now)
    return _l("已加入理由库")


REASONS = Importer(
    name="reasons", title=_l("驳回理由"), view="approvals.reasons", check=check_reasons, apply=bring_in_reason,
    columns=(
        ImportColumn("sentence", _l("理由"), required=True, longest=120, example="营业执照照片模糊，重新拍一张", help=_l("申请人会看到，写清楚怎么改")),
        ImportColumn("sentence_en", _l("英文"), example="The licence photo is blurred, take it again"),
        ImportColumn("kind", _l("用在"), longest=60, help=_l("类别代码，空着是都能用")),
        ImportColumn("position", _l("排在第几"), "count", most=999, default=0, example="10"),
        ImportColumn("active", _l("启用"), "flag", default=True, example="是"),
    ),
)

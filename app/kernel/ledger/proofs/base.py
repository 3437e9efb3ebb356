"""What a proof is, and the eleven statements that the proofs of all packages serve."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import text
from sqlalchemy.orm import Session

MOST_FINDINGS = 100  # of one proof in one run: enough to see what happened, few enough to store

STATEMENTS: Mapping[int, Any] = {
    1: _l("试算平衡：每种资产借贷合计为零"),
    2: _l("存着的余额都等于分录之和"),
    3: _l("每个账户的分录号连续，一笔不缺"),
    4: _l("每笔交易至少两条分录，自身平衡"),
    5: _l("订单了结后托管为零；各方所得加平台收入等于实付加补贴减退款"),
    6: _l("控制账户等于各自的明细：托管、应退、提现中、付款在途、对账挂账"),
    7: _l("渠道账户余额等于资金账单的最后一行"),
    8: _l("账本分块封存，前后哈希相接，改一个字都看得出"),
    9: _l("每条到账通知、每行账单，恰好对应一笔交易或一条差异"),
    10: _l("收款方已付的加还在账上的，等于应得的"),
    11: _l("库存不会少于零，也不会比实有的多"),
}


@dataclass(frozen=True)
class Finding:
    """What a proof found wrong: the thing, what it should be, what it is."""

    subject: str
    expected: str
    found: str


class Proof(ABC):
    """A statement about the store that must always be true. Subclasses set `name`, `title`, `number` (of `STATEMENTS`), and give `check`."""

    name: ClassVar[str]
    title: ClassVar[Any]
    number: ClassVar[int]

    @abstractmethod
    def check(self, session: Session) -> list[Finding]:
        """Every violation, at most `MOST_FINDINGS`; empty when the proof holds. Changes nothing."""


class SqlProof(Proof):
    """A proof that is one query of violations with the columns subject, expected, found."""

    violations: ClassVar[str]

    def check(self, session: Session) -> list[Finding]:
        """Run the query."""
        rows = session.execute(text(f"{self.violations} LIMIT {MOST_FINDINGS}"))  # nosec B608: constants of this code only
        return [Finding(str(row.subject), str(row.expected), str(row.found)) for row in rows]

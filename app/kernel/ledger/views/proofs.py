"""The proofs in the console: the eleven statements, how the latest check went, findings, history, a check on demand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core import clock
from app.core.periods import local
from app.extensions import db
from app.framework.console.home import Chart
from app.framework.console.page import Page, expose, page_access
from app.kernel.ledger.models import LedgerBlock, LedgerProofFinding, LedgerProofResult, LedgerProofRun
from app.kernel.ledger.proofs import STATEMENTS, Proof, all_proofs, ask_run, latest_run, proof_named, proofs_hold, run_underway
from app.kernel.parties.queries import person_named

SHOWN = 48  # runs of the history: two days of hours
FINDABLE = re.compile(r"[0-9A-Za-z_/-]*\d[0-9A-Za-z_/-]*")


@dataclass(frozen=True)
class Line:
    """A proof as the page shows it: how its latest check went, and what that found."""

    proof: Proof
    result: LedgerProofResult | None
    findings: Sequence[LedgerProofFinding]


class ProofsPage(Page):
    """`/proofs`: what must always be true of the money, when it was checked, what was found."""

    name = "ledger.proofs"
    route_base = "/proofs"
    title = _l("账实核对")
    icon = "check"
    words = {"index": _l("查看账实核对"), "check": _l("立即核对")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The statements, each proof with the result of its latest check, what is under way, and the history."""
        runs = _runs(LedgerProofRun.only == "")
        return self.render(
            "ledger/proofs.html", statements=STATEMENTS, lines=_lines(), runs=runs, chart=_chart(runs), latest=latest_run(), holds=proofs_hold(),
            underway=run_underway(now=clock.now()), done_of=_done_of, findable=_findable, asker=_asker,
            sealed=db.session.execute(select(func.count(), func.sum(LedgerBlock.transactions), func.max(LedgerBlock.sealed_at))).one(),
        )

    @expose("/<name>")
    @page_access("can_index")
    def proof(self, name: str) -> Response:
        """One proof: what it says, its latest findings, each with the way to the thing concerned, and its earlier checks."""
        proof = proof_named(name)
        history = list(db.session.scalars(
            select(LedgerProofResult).where(LedgerProofResult.proof == name).order_by(LedgerProofResult.id.desc()).limit(SHOWN)
        ))
        return self.render(
            "ledger/proof.html", proof=proof, statement=STATEMENTS[proof.number], line=_line(proof), history=history, findable=_findable, asker=_asker,
            page_title=str(proof.title),
        )

    @expose("/check", methods=["POST"])
    @page_access("can_check")
    def check(self) -> Response:
        """The queue checks all of them, or the one that the form names."""
        only = request.form.get("proof", "")[:80]
        if only and only not in {proof.name for proof in all_proofs()}:
            abort(404)
        ask_run(only, actor=self.actor, now=clock.now())
        return self.done(_l("正在核对，结果出来后显示在这里"), "ProofsPage.index")


def _runs(*where: Any) -> list[LedgerProofRun]:
    newest = LedgerProofRun.started_at.desc(), LedgerProofRun.id.desc()
    return list(db.session.scalars(select(LedgerProofRun).where(LedgerProofRun.finished_at.is_not(None), *where).order_by(*newest).limit(SHOWN)))


def _lines() -> dict[int, list[Line]]:
    """Number of the statement → its proofs."""
    found: dict[int, list[Line]] = {number: [] for number in STATEMENTS}
    for proof in all_proofs():
        found[proof.number].append(_line(proof))
    return found


def _line(proof: Proof) -> Line:
    result = db.session.scalars(
        select(LedgerProofResult).where(LedgerProofResult.proof == proof.name).order_by(LedgerProofResult.id.desc()).limit(1)
    ).one_or_none()
    findings = db.session.scalars(
        select(LedgerProofFinding).where(LedgerProofFinding.run_id == result.run_id, LedgerProofFinding.proof == proof.name)
        .order_by(LedgerProofFinding.id)
    ).all() if result is not None and result.findings else []
    return Line(proof, result, findings)


def _chart(runs: Sequence[LedgerProofRun]) -> Chart | None:
    """How long the checks took, oldest first; nothing before there are four."""
    if len(runs) < 4:
        return None
    shown = list(reversed(runs[:24]))
    return Chart([f"{local(run.started_at):%m-%d %H:%M}" for run in shown], [(_("用时"), [run.milliseconds for run in shown])], unit=_("毫秒"))


def _done_of(run: LedgerProofRun) -> int:
    return db.session.scalar(select(func.count()).where(LedgerProofResult.run_id == run.id)) or 0


def _findable(subject: str) -> str | None:
    """The number or account of a finding's subject that the ledger's search knows, if there is one."""
    found = FINDABLE.search(subject)
    return found.group() if found else None


def _asker(asked_by: str) -> Any:
    return _("系统") if ":" not in asked_by else person_named(asked_by)

"""What the review desk shows of applications and documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.clock import now
from app.core.periods import business_day, local
from app.framework.database import get
from app.framework.manifest import DocumentDemand
from app.framework.settings import value_of
from app.kernel.approvals.checks import FIELDS
from app.kernel.approvals.models import Application, Case, Document
from app.kernel.approvals.queries import demand_of, demands_of, documents_of, unsealed
from app.kernel.approvals.reviewables import Fact, Paper, Presentation
from app.kernel.approvals.rules import credit_code_fault, is_expired, is_expiring
from app.kernel.forms.queries import answers_in_words, categories_of, fields_of, words_of

HIDDEN = ("legal_person", "bank_account")


def application_snapshot(application: Application, documents: Iterable[Document]) -> dict[str, Any]:
    """The values that a reviewer decides on, by name; personal ones masked."""
    categories = categories_of(application.trade)
    chosen = {"category": str(categories.get(application.category, application.category))} if categories else {}
    values = {name: getattr(application, f"{name}_masked" if name in HIDDEN else name) for name in FIELDS}
    answers = {f"answers.{name}": text for name, _, text in answers_in_words(f"{application.trade}.application", application.answers)}
    papers: dict[str, list[str]] = {}
    for each in documents:
        papers.setdefault(f"documents.{each.kind}", []).append(" ".join(filter(None, (each.number, _until(each)))) or _uploaded(each))
    return {**chosen, **values, **answers, **{name: "；".join(texts) for name, texts in papers.items()}}


def application_labels(case: Case) -> Mapping[str, Any]:
    """Name in the snapshot → label."""
    return {
        "category": _l("业态"),
        **{name: label for name, (label, _) in FIELDS.items()},
        **{f"answers.{each.name}": words_of(each) for each in fields_of(f"{case.trade}.application", active=False)},
        **{f"documents.{demand.kind}": demand.label for demand in demands_of(case.trade)},
    }


def present_application(case: Case) -> Presentation:
    """Firm, contact and account, the fields of staff, and every document that the trade demands, there or missing."""
    application, labels = get(Application, case.subject_id), application_labels(case)
    firm = tuple(_fact(name, labels[name], case.snapshot.get(name)) for name in ("category", *FIELDS) if name in case.snapshot or name in FIELDS)
    own = tuple(Fact(labels.get(name, name), value, name=name) for name, value in case.snapshot.items() if name.startswith("answers."))
    documents = documents_of(application.merchant_id, application.trade)
    papers = tuple(paper for demand in demands_of(case.trade) for paper in _papers(demand, documents))
    merchant = Fact(_l("店名"), application.merchant.name)
    return Presentation(((_l("主体资料"), (merchant, *firm)), *(((_l("补充资料"), own),) if own else ())), papers)


def reveal_application(case: Case) -> Mapping[str, str]:
    """What is masked, in full."""
    return unsealed(get(Application, case.subject_id))


def present_document(case: Case) -> Presentation:
    """The renewed document beside the one that holds."""
    document = get(Document, case.subject_id)
    demand = demand_of(document.trade, document.kind)
    label = demand.label if demand else document.kind
    older = [each for each in documents_of(document.merchant_id, document.trade, ("valid", "expiring", "expired")) if each.kind == document.kind]
    papers = (paper_of(_l("新证"), document), *(paper_of(_l("现有的"), each) for each in older))
    facts = (Fact(_l("证照"), label), Fact(_l("编号"), document.number or "—"), Fact(_l("有效期至"), _until(document) or "—"))
    return Presentation(((_l("换证"), facts),), papers)


def paper_of(label: Any, document: Document) -> Paper:
    """A document as a paper of the desk: its last valid day, red once it has passed."""
    today = business_day(now())
    tone = "bad" if is_expired(document.expires_on, today) else "wait" if is_expiring(document.expires_on, today, value_of("approvals.warn_days")) else "ok"
    endless = _l("长期有效") if document.file.encrypted else _l("照片")
    return Paper(label, file=document.file, caption=_until(document) or document.number or endless, tone=tone)


def _papers(demand: DocumentDemand, documents: list[Document]) -> list[Paper]:
    present = [each for each in documents if each.kind == demand.kind]
    if not present:
        return [Paper(demand.label, caption=_l("未提供"), tone="bad" if demand.required else "wait")]
    return [paper_of(demand.label, each) for each in present]


def _fact(name: str, label: Any, value: Any) -> Fact:
    if name == "credit_code":
        fault = credit_code_fault(value or "")
        return Fact(label, value, note=fault or _l("校验位通过"), tone="bad" if fault else "ok", name=name)
    return Fact(label, value or "—", name=name, hidden=name in HIDDEN)


def _uploaded(document: Document) -> str:
    """A paper without number or end, by its file; the time tells two photographs of one name apart."""
    return f"{document.file.name} · {local(document.file.created_at):%m-%d %H:%M}"


def _until(document: Document) -> str:
    return document.expires_on.isoformat() if document.expires_on else ""

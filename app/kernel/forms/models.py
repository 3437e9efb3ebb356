"""The definition of a field that staff added to a form."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.framework.access import reference
from app.framework.database import Dated

KINDS: dict[str, Any] = {
    "text": _l("文字"), "number": _l("数字"), "choice": _l("选项"), "date": _l("日期"), "phone": _l("手机号"), "money": _l("金额"),
    "boolean": _l("是或否"),
}


class FieldDefinition(Dated, Model):
    """A field of the form `form` (`dining.application`), for everybody or for one `category` of the trade. `name` is its key in the
    answers and never changes.

    `choices` lists the words to choose from, for the kind choice; `position` orders the fields of a form.
    """

    __tablename__ = "form_field"
    __access__ = reference()
    __table_args__ = (
        UniqueConstraint("form", "name"),
        CheckConstraint("kind IN ('text', 'number', 'choice', 'date', 'phone', 'money', 'boolean')", name="kind"),
        CheckConstraint("name ~ '^[a-z][a-z0-9_]{0,39}$'", name="name"),
        CheckConstraint("kind <> 'choice' OR jsonb_array_length(choices) > 0", name="choices"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    trade: Mapped[str] = mapped_column(String(30))
    form: Mapped[str] = mapped_column(String(60))
    category: Mapped[str] = mapped_column(String(30), default="")
    name: Mapped[str] = mapped_column(String(40))
    label_zh: Mapped[str] = mapped_column(String(40))
    label_en: Mapped[str] = mapped_column(String(80), default="")
    kind: Mapped[str] = mapped_column(String(10))
    required: Mapped[bool] = mapped_column(default=False)
    choices: Mapped[list[str]] = mapped_column(JSONB, default=list)
    help: Mapped[str] = mapped_column(String(200), default="")
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def label(self) -> str:
        """The Chinese words for it."""
        return self.label_zh

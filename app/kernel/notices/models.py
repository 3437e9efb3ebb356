"""The words of each kind of notice as staff changed them."""

from __future__ import annotations

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from app.framework.access import reference
from app.framework.database import Dated

WORDINGS = {"heading_zh": _l("中文标题"), "text_zh": _l("中文内容"), "heading_en": _l("英文标题"), "text_en": _l("英文内容")}


class NoticeTemplate(Dated, Model):
    """How a kind of notice is worded and sent. Empty words stand for those that it was shipped with, so that these can still improve.

    To customers it goes out as a subscribe message too where `subscribe_id` names WeChat's template; `subscribe_fields` are lines that fill it,
    `thing1={order}`.
    """

    __tablename__ = "notice_template"
    __access__ = reference()

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    texted: Mapped[bool] = mapped_column(default=False)
    subscribe_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    subscribe_fields: Mapped[str] = mapped_column(String(600), default="", server_default="")
    heading_zh: Mapped[str] = mapped_column(String(60), default="")
    text_zh: Mapped[str] = mapped_column(String(300), default="")
    heading_en: Mapped[str] = mapped_column(String(120), default="")
    text_en: Mapped[str] = mapped_column(String(600), default="")

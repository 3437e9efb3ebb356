"""Courses, their pages and questions, and who has come how far."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Flow, Move, State
from app.framework.access import STAFF_ONLY, owned, reference
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.parties.models import Merchant
from app.kernel.parties.roles import OPERATORS

COURSE_FLOW = Flow(
    name="training_course",
    title=_l("培训课程"),
    states=(State("draft", _l("编写中"), "mute"), State("open", _l("开课中"), "ok"), State("closed", _l("已停课"), "mute")),
    moves=(
        Move(
            "open", _l("开课"), ("draft", "closed"), "open", OPERATORS | {"system"}, effect=late("app.kernel.training.operations:be_complete"), style="primary",
            confirm=_l("开课后对应的人马上能学、能考"),
        ),
        Move("close", _l("停课"), ("open",), "closed", OPERATORS, confirm=_l("停课后不能再学，已经通过的人不受影响")),
    ),
)


class TrainingCourse(Dated, Model):
    """What the merchants of a trade (of one `category`, or of all) have to know. `pass_percent` of the questions must be answered rightly."""

    __tablename__ = "training_course"
    __access__ = reference()
    __table_args__ = (
        CheckConstraint("pass_percent BETWEEN 1 AND 100", name="pass_percent"),
        Index("ix_training_course_trade", "trade", "category", "status"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    trade: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(30), default="")
    title: Mapped[str] = mapped_column(String(60))
    summary: Mapped[str] = mapped_column(String(200), default="")
    pass_percent: Mapped[int] = mapped_column(default=80)
    status: Mapped[str] = mapped_column(String(8), default="draft")

    pages: Mapped[list[TrainingLesson]] = relationship(back_populates="course", order_by="TrainingLesson.position, TrainingLesson.id")

    @property
    def label(self) -> str:
        """The title."""
        return self.title


class TrainingLesson(Dated, Model):
    """A page of a course; paragraphs are parted by empty lines."""

    __tablename__ = "training_lesson"
    __access__ = reference()

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("training_course.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)

    course: Mapped[TrainingCourse] = relationship(back_populates="pages")

    @property
    def label(self) -> str:
        """The title."""
        return self.title

    @property
    def paragraphs(self) -> list[str]:
        """The body in paragraphs."""
        return [part.strip() for part in self.body.replace("\r\n", "\n").split("\n\n") if part.strip()]


class TrainingQuestion(Dated, Model):
    """A question with `options`; `right` are the places of the right ones, which never leave the server."""

    __tablename__ = "training_question"
    __access__ = STAFF_ONLY
    __table_args__ = (CheckConstraint("jsonb_array_length(options) BETWEEN 2 AND 6 AND jsonb_array_length(\"right\") >= 1", name="options"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("training_course.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    words: Mapped[str] = mapped_column(String(200))
    options: Mapped[list[str]] = mapped_column(JSONB)
    right: Mapped[list[int]] = mapped_column(JSONB)

    @property
    def label(self) -> str:
        """The question."""
        return self.words

    @property
    def several(self) -> bool:
        """True when more than one option is right."""
        return len(self.right) > 1


class Learner(Dated, Model):
    """How far a person of a merchant has come in a course: lessons read, tries, the best mark in percent, and when it was reached."""

    __tablename__ = "training_learner"
    __access__ = owned()
    __table_args__ = (
        UniqueConstraint("course_id", "user_id", "merchant_id"),
        CheckConstraint("best BETWEEN 0 AND 100", name="best"),
        Index("ix_training_learner_merchant", "merchant_id", "course_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("training_course.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    name: Mapped[str] = mapped_column(String(130))
    read: Mapped[list[int]] = mapped_column(JSONB, default=list)
    tries: Mapped[int] = mapped_column(default=0)
    best: Mapped[int] = mapped_column(default=0)
    passed_at: Mapped[datetime | None] = mapped_column(Moment)

    course: Mapped[TrainingCourse] = relationship()
    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """Who."""
        return self.name


class TrainingAttempt(Dated, Model):
    """Answers handed in and what they were worth: `answers` maps a question's id to the places chosen."""

    __tablename__ = "training_attempt"
    __access__ = owned()
    __table_args__ = (CheckConstraint("correct BETWEEN 0 AND asked AND asked > 0", name="marks"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("training_learner.id"), index=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    answers: Mapped[dict[str, list[int]]] = mapped_column(JSONB)
    correct: Mapped[int]
    asked: Mapped[int]
    passed: Mapped[bool]
    handed_in_at: Mapped[datetime] = mapped_column(Moment)


guard_status(TrainingCourse, COURSE_FLOW)

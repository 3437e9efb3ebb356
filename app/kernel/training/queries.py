"""Reads of courses and of who has passed them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from app.core.actors import Actor
from app.core.errors import NotFound
from app.core.periods import business_day, day_start
from app.extensions import db
from app.kernel.approvals.models import Application
from app.kernel.training.models import Learner, TrainingAttempt, TrainingCourse, TrainingLesson, TrainingQuestion


def courses_for(merchant_id: int) -> list[TrainingCourse]:
    """Open courses for the trades and categories that the merchant has applied for, with their lessons."""
    asked = db.session.execute(select(Application.trade, Application.category).where(Application.merchant_id == merchant_id)).tuples().all()
    statement = select(TrainingCourse).where(TrainingCourse.status == "open", TrainingCourse.trade.in_({trade for trade, _ in asked}))
    found = db.session.scalars(statement.order_by(TrainingCourse.id).options(selectinload(TrainingCourse.pages)))
    return [course for course in found if not course.category or (course.trade, course.category) in asked]


def course_for(merchant_id: int, course_id: int) -> TrainingCourse:
    """One of these. NotFound for a course that is not for the merchant."""
    found = next((course for course in courses_for(merchant_id) if course.id == course_id), None)
    if found is None:
        raise NotFound
    return found


def lessons_of(course_id: int) -> Sequence[TrainingLesson]:
    """The course's pages in order."""
    return db.session.scalars(select(TrainingLesson).where(TrainingLesson.course_id == course_id).order_by(TrainingLesson.position, TrainingLesson.id)).all()


def questions_of(course_id: int) -> Sequence[TrainingQuestion]:
    """The course's questions in order, with their answers: for a scope that sees everything."""
    statement = select(TrainingQuestion).where(TrainingQuestion.course_id == course_id)
    return db.session.scalars(statement.order_by(TrainingQuestion.position, TrainingQuestion.id)).all()


def learner_of(course_id: int, merchant_id: int, user_id: int) -> Learner | None:
    """How far the person has come, None before the first lesson."""
    mine = (Learner.course_id == course_id, Learner.merchant_id == merchant_id, Learner.user_id == user_id)
    return db.session.scalars(select(Learner).where(*mine)).one_or_none()


def tries_today(learner_id: int, now: datetime) -> int:
    """Attempts since midnight in Shanghai."""
    since = day_start(business_day(now))
    statement = select(func.count()).select_from(TrainingAttempt).where(TrainingAttempt.learner_id == learner_id, TrainingAttempt.handed_in_at >= since)
    return db.session.scalar(statement) or 0


def unfinished_courses(merchant_id: int) -> list[TrainingCourse]:
    """Open courses for the merchant that none of its people has passed."""
    passed = set(db.session.scalars(select(Learner.course_id).where(Learner.merchant_id == merchant_id, Learner.passed_at.is_not(None))))
    return [course for course in courses_for(merchant_id) if course.id not in passed]


def has_passed(merchant_id: int, trade: str, category: str) -> bool:
    """True when the merchant has passed every open course of the trade and category."""
    return not any(course.trade == trade and course.category in ("", category) for course in unfinished_courses(merchant_id))


def waiting_courses(actor: Actor) -> int:
    """How many courses wait for the member, for the menu."""
    return len(unfinished_courses(actor.merchant_id)) if actor.merchant_id else 0

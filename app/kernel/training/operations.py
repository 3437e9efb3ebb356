"""Write courses, read lessons, hand in answers. Marks are made here, never by the browser."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor
from app.core.errors import Invalid, NotFound, Refusal
from app.extensions import db
from app.framework.database import elevated, get, lock, save
from app.framework.events import publish
from app.framework.settings import value_of
from app.kernel.audit.operations import append, differences
from app.kernel.training.models import Learner, TrainingAttempt, TrainingCourse, TrainingLesson, TrainingQuestion
from app.kernel.training.queries import course_for, learner_of, lessons_of, questions_of, tries_today
from app.kernel.training.rules import marked, percent_of

MOST_PAGES, MOST_QUESTIONS = 40, 60
Part = TypeVar("Part", TrainingLesson, TrainingQuestion)


class NotComplete(Refusal):
    """A course without pages or questions cannot be taken."""

    code = "training.not_complete"
    status = 409
    sentence = _l("至少写一页课文和一道题，再开课")


class ReadFirst(Refusal):
    """Some lessons were not read."""

    code = "training.read_first"
    status = 409
    sentence = _l("还有 %(count)d 页没看，看完再考")


class TryTomorrow(Refusal):
    """The person has tried as often as one may on a day."""

    code = "training.try_tomorrow"
    status = 429
    sentence = _l("今天已经考了 %(count)d 次，明天再考")


def make_course(*, trade: str, category: str, title: str, summary: str, pass_percent: int, actor: Actor, now: datetime) -> TrainingCourse:
    """An empty course that nobody sees yet."""
    course = save(TrainingCourse(trade=trade, category=category, title=title, summary=summary, pass_percent=pass_percent))
    append("training_course.made", course, actor=actor, now=now, changes={"title": [None, title]})
    return course


def reword_course(
    course: TrainingCourse, *, title: str, summary: str, pass_percent: int, actor: Actor, now: datetime, version: int | None = None,
) -> TrainingCourse:
    """Its words and its mark; who has passed has passed."""
    course = lock(TrainingCourse, course.id, version=version)
    before = {"title": course.title, "summary": course.summary, "pass_percent": course.pass_percent}
    course.title, course.summary, course.pass_percent = title, summary, pass_percent
    changed = differences(before, {"title": title, "summary": summary, "pass_percent": pass_percent})
    if changed:
        append("training_course.changed", course, actor=actor, now=now, changes=changed)
    return course


def be_complete(course: TrainingCourse, **_: object) -> None:
    """Effect of opening: there is something to read and to answer. Refuses NotComplete."""
    if not lessons_of(course.id) or not questions_of(course.id):
        raise NotComplete


def write_lesson(course: TrainingCourse, *, lesson_id: int | None = None, title: str, body: str, actor: Actor, now: datetime) -> TrainingLesson:
    """A page of the course, at its end, or in place of `lesson_id`. Raises Invalid."""
    title, body = title.strip()[:60], body.strip()
    if not title or not body:
        raise Invalid(errors=[{"field": "title" if not title else "body", "code": "required", "message": str(_l("标题和内容都要写"))}])
    if lesson_id is None:
        count = db.session.scalar(select(func.count()).select_from(TrainingLesson).where(TrainingLesson.course_id == course.id)) or 0
        if count >= MOST_PAGES:
            raise Invalid(errors=[{"field": "title", "code": "range", "message": str(_l("一门课最多 40 页"))}])
        lesson = save(TrainingLesson(course_id=course.id, position=count, title=title, body=body))
    else:
        lesson = _own(TrainingLesson, lesson_id, course)
        lesson.title, lesson.body = title, body
    append("training_course.lesson_written", course, actor=actor, now=now, changes={"lesson": [None, title]})
    return lesson


def remove_lesson(course: TrainingCourse, lesson_id: int, *, actor: Actor, now: datetime) -> None:
    """The page is gone; nobody has to read it."""
    lesson = _own(TrainingLesson, lesson_id, course)
    append("training_course.lesson_removed", course, actor=actor, now=now, changes={"lesson": [lesson.title, None]})
    db.session.delete(lesson)


def write_question(
    course: TrainingCourse, *, question_id: int | None = None, words: str, options: Sequence[str], right: Collection[int], actor: Actor, now: datetime,
) -> TrainingQuestion:
    """A question of the course, at its end, or in place of `question_id`; `right` are places in `options`, counted from 0. Raises Invalid."""
    words, options = words.strip(), [option.strip() for option in options if option.strip()]
    problems = (
        ("words", not words or len(words) > 200, _l("写题目，200 字以内")),
        ("options", not 2 <= len(options) <= 6 or any(len(option) > 120 for option in options), _l("写 2 到 6 个选项，一行一个，每个 120 字以内")),
        ("right", not right or not all(0 <= place < len(options) for place in right), _l("正确选项写序号，例如 1 或 1,3")),
    )
    errors = [{"field": field, "code": "value", "message": str(sentence)} for field, wrong, sentence in problems if wrong]
    if errors:
        raise Invalid(errors=errors)
    if question_id is None:
        count = len(questions_of(course.id))
        if count >= MOST_QUESTIONS:
            raise Invalid(errors=[{"field": "words", "code": "range", "message": str(_l("一门课最多 60 道题"))}])
        question = save(TrainingQuestion(course_id=course.id, position=count, words=words, options=options, right=sorted(set(right))))
    else:
        question = _own(TrainingQuestion, question_id, course)
        question.words, question.options, question.right = words, options, sorted(set(right))
    append("training_course.question_written", course, actor=actor, now=now, changes={"question": [None, words]})
    return question


def remove_question(course: TrainingCourse, question_id: int, *, actor: Actor, now: datetime) -> None:
    """The question is gone."""
    question = _own(TrainingQuestion, question_id, course)
    append("training_course.question_removed", course, actor=actor, now=now, changes={"question": [question.words, None]})
    db.session.delete(question)


def _own(model: type[Part], key: int, course: TrainingCourse) -> Part:
    found = get(model, key)
    if found.course_id != course.id:
        raise NotFound
    return found


def read_lesson(course_id: int, lesson_id: int, *, actor: Actor, now: datetime) -> Learner:
    """The person has read that page. NotFound for a course that is not for the merchant."""
    course = course_for(actor.merchant_id or 0, course_id)
    if lesson_id not in {lesson.id for lesson in course.pages}:
        raise NotFound
    learner = _learner(course, actor, now)
    if lesson_id not in learner.read:
        learner.read = [*learner.read, lesson_id]
    return learner


def hand_in(course_id: int, answers: Mapping[int, Collection[int]], *, actor: Actor, now: datetime) -> TrainingAttempt:
    """The answers are marked; with enough right ones the course is passed, once and for good. Refuses ReadFirst, TryTomorrow.

    Publishes `training_passed(merchant_id=, trade=, category=, actor=, now=)` the first time.
    """
    course = course_for(actor.merchant_id or 0, course_id)
    learner = _learner(course, actor, now)
    unread = {lesson.id for lesson in course.pages} - set(learner.read)
    if unread:
        raise ReadFirst(count=len(unread))
    most = value_of("training.tries_a_day")
    if tries_today(learner.id, now) >= most:
        raise TryTomorrow(count=most)
    with elevated():
        right = {question.id: question.right for question in questions_of(course.id)}
    correct = marked(right, answers)
    mark = percent_of(correct, len(right))
    passed = mark >= course.pass_percent
    attempt = save(TrainingAttempt(
        learner_id=learner.id, merchant_id=learner.merchant_id, answers={str(key): sorted(set(answers.get(key, ()))) for key in right}, correct=correct,
        asked=len(right), passed=passed, handed_in_at=now,
    ))
    learner.tries, learner.best = learner.tries + 1, max(learner.best, mark)
    if passed and learner.passed_at is None:
        learner.passed_at = now
        append("training_learner.passed", learner, actor=actor, now=now, changes={"best": [None, mark]})
        publish("training_passed", merchant_id=learner.merchant_id, trade=course.trade, category=course.category, actor=actor, now=now)
        publish("happened", act="training_learner.passed", record=learner, reason="", actor=actor, now=now)
    return attempt


def _learner(course: TrainingCourse, actor: Actor, now: datetime) -> Learner:
    """The person's record in the course, locked; made with the first lesson."""
    merchant_id, user_id = actor.merchant_id or 0, actor.id or 0
    db.session.execute(insert(Learner).values(
        course_id=course.id, merchant_id=merchant_id, user_id=user_id, name=actor.name, read=[], tries=0, best=0, version=1, created_at=now, updated_at=now,
    ).on_conflict_do_nothing(index_elements=["course_id", "user_id", "merchant_id"]))
    learner = learner_of(course.id, merchant_id, user_id)
    if learner is None:
        raise NotFound
    return lock(Learner, learner.id)

"""What a member has to learn, in the mini-program: courses, their pages, the questions at the end."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from pydantic import Field

from app.core.actors import Actor
from app.core.errors import NotFound
from app.framework.database import elevated
from app.framework.json_api import Api
from app.framework.json_api.endpoint import Answer, Body
from app.kernel.training.models import TrainingCourse
from app.kernel.training.operations import ReadFirst, TryTomorrow, hand_in, read_lesson
from app.kernel.training.queries import course_for, courses_for, learner_of, questions_of

api = Api("training", "/api/v1/training", _l("培训"))
RIGHT = ("training.learning", "index")


class CourseOut(Answer):
    """A course and how far one has come: pages read, tries, the best mark in percent, when it was passed."""

    id: int
    title: str
    summary: str
    trade: str
    category: str
    pass_percent: int
    pages: int
    read: int
    tries: int
    best: int
    passed_at: datetime | None


class CourseList(Answer):
    """What the merchant's trades want to be known."""

    items: list[CourseOut]


class LessonOut(Answer):
    """A page of a course in paragraphs."""

    id: int
    title: str
    paragraphs: list[str]
    read: bool


class QuestionOut(Answer):
    """A question; answers are places in `options`, counted from 0, one or `several`."""

    id: int
    words: str
    options: list[str]
    several: bool


class CoursePage(CourseOut):
    """A course with its pages and questions."""

    lessons: list[LessonOut]
    questions: list[QuestionOut]


class QuestionAnswerIn(Body):
    """What was chosen of a question."""

    question_id: int = Field(ge=1, le=2**53)
    places: list[int] = Field(max_length=6)


class AnswersIn(Body):
    """The answers to all questions; a question left out is answered wrongly."""

    answers: list[QuestionAnswerIn] = Field(max_length=60)


class MarkOut(Answer):
    """What the answers were worth."""

    correct: int
    asked: int
    passed: bool


@api.get("/courses", summary=_l("我的课程"), who="member", right=RIGHT, response=CourseList)
def list_courses(actor: Actor, now: datetime) -> CourseList:
    """The courses that are for the merchant."""
    return CourseList(items=[CourseOut(**_course(each, actor)) for each in courses_for(actor.merchant_id or 0)])


@api.get("/courses/<int:course_id>", summary=_l("课文和考题"), who="member", right=RIGHT, response=CoursePage, errors=(NotFound,))
def show_course(course_id: int, actor: Actor, now: datetime) -> CoursePage:
    """Everything to read and to answer."""
    course = course_for(actor.merchant_id or 0, course_id)
    learner = learner_of(course.id, actor.merchant_id or 0, actor.id or 0)
    read = set(learner.read) if learner else set()
    with elevated():
        questions = [QuestionOut.model_validate(each) for each in questions_of(course.id)]
    lessons = [LessonOut(id=each.id, title=each.title, paragraphs=each.paragraphs, read=each.id in read) for each in course.pages]
    return CoursePage(**_course(course, actor), lessons=lessons, questions=questions)


@api.post("/courses/<int:course_id>/lessons/<int:lesson_id>/read", summary=_l("看完一页"), who="member", right=RIGHT, response=CourseOut, errors=(NotFound,))
def read(course_id: int, lesson_id: int, actor: Actor, now: datetime) -> CourseOut:
    """The page is read."""
    read_lesson(course_id, lesson_id, actor=actor, now=now)
    return CourseOut(**_course(course_for(actor.merchant_id or 0, course_id), actor))


@api.post(
    "/courses/<int:course_id>/answers", summary=_l("交卷"), who="member", right=RIGHT, request=AnswersIn, response=MarkOut, idempotent=True,
    errors=(NotFound, ReadFirst, TryTomorrow),
)
def answer(course_id: int, body: AnswersIn, actor: Actor, now: datetime) -> MarkOut:
    """Hand the answers in; they are marked on the server."""
    return MarkOut.model_validate(hand_in(course_id, {each.question_id: each.places for each in body.answers}, actor=actor, now=now))


def _course(course: TrainingCourse, actor: Actor) -> dict[str, object]:
    learner = learner_of(course.id, actor.merchant_id or 0, actor.id or 0)
    return {
        "id": course.id, "title": course.title, "summary": course.summary, "trade": course.trade, "category": course.category,
        "pass_percent": course.pass_percent, "pages": len(course.pages), "read": len(learner.read) if learner else 0,
        "tries": learner.tries if learner else 0, "best": learner.best if learner else 0, "passed_at": learner.passed_at if learner else None,
    }

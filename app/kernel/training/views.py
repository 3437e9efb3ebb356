"""Courses in the console: staff write them and see who has come how far; members read and answer."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.core import clock
from app.core.actors import Actor
from app.core.errors import NotFound, Refusal
from app.extensions import db
from app.framework.console.columns import Action, Column, Related, Section, Tab
from app.framework.console.fields import CountField
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.links import trade_title
from app.framework.console.page import Page, expose, page_access
from app.framework.console.view import ConsoleView
from app.framework.database import elevated, get
from app.kernel.approvals.reviewables import open_trades
from app.kernel.forms.queries import categories_of
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.training.models import Learner, TrainingCourse, TrainingQuestion
from app.kernel.training.operations import (
    hand_in,
    make_course,
    read_lesson,
    remove_lesson,
    remove_question,
    reword_course,
    write_lesson,
    write_question,
)
from app.kernel.training.queries import course_for, courses_for, learner_of, lessons_of, questions_of


class CourseWords(FlaskForm):
    """What a course is called, and when it is passed."""

    title = StringField(_l("课程名"), validators=[DataRequired(_l("写课程名，例如：团长上岗课")), Length(max=60)])
    summary = TextAreaField(_l("一句话说明"), validators=[Length(max=200)])
    pass_percent = CountField(_l("多少分通过"), unit=_l("分"), default=80, validators=[InputRequired(_l("写 1 到 100")), NumberRange(1, 100)])


class CourseForm(CourseWords):
    """For whom, on top."""

    audience = SelectField(_l("给谁学"))


def _audiences() -> list[tuple[str, str]]:
    found, everybody = [], _("全部商户")
    for trade in open_trades():
        found.append((f"{trade.name}/", f"{trade.title} · {everybody}"))
        found += [(f"{trade.name}/{name}", f"{trade.title} · {label}") for name, label in categories_of(trade.name).items()]
    return found


def _audience(course: TrainingCourse) -> str:
    label = categories_of(course.trade).get(course.category) or _("全部商户")
    return f"{trade_title(course.trade)} · {label}"


def _make(*, audience: str, actor: Actor, now: Any, **words: Any) -> TrainingCourse:
    trade, _slash, category = audience.partition("/")
    return make_course(trade=trade, category=category, actor=actor, now=now, **words)


def _right(question: TrainingQuestion) -> str:
    return "、".join(question.options[place] for place in question.right if place < len(question.options))


class LearnerView(ConsoleView):
    """Who has come how far in which course."""

    name = "training.learners"
    route_base = "/training/learners"
    model = Learner
    title = _l("学习进度")
    singular = _l("学员")
    measure = _l("人")
    icon = "people"
    label = "name"
    search_columns = ("name",)
    search_hint = _l("姓名")
    list_columns = (
        Column("name", _l("姓名"), link=True),
        Column("merchant.name", _l("商户"), phone=False),
        Column("course.title", _l("课程")),
        Column("tries", _l("考了几次"), kind="count", sort=True, phone=False),
        Column("best", _l("最高分"), kind="count", sort=True),
        Column("passed_at", _l("通过时间"), kind="when", sort=True),
    )
    filters = (DateFilter("passed_at", _l("通过时间")), MERCHANT_FILTER)
    tabs = (
        Tab("learning", _l("还没通过"), where=lambda cls: cls.passed_at.is_(None)), Tab("passed", _l("已通过"), where=lambda cls: cls.passed_at.is_not(None)),
    )
    facts = list_columns
    empty_title = _l("还没有人学")
    empty_text = _l("课程开了之后，对应的人在“培训”里学和考")


class CourseView(ConsoleView):
    """Courses."""

    name = "training.courses"
    route_base = "/training/courses"
    model = TrainingCourse
    title = _l("培训课程")
    singular = _l("课程")
    subtitle = _l("上岗前要学完、考过的课；考卷在服务器上判分")
    measure = _l("门")
    icon = "book"
    label = "title"
    search_columns = ("title", "summary")
    search_hint = _l("课程名")
    list_columns = (
        Column("title", _l("课程名"), link=True, sub="summary"),
        Column("audience", _l("给谁学"), value=_audience),
        Column("pass_percent", _l("多少分通过"), kind="count", phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("updated_at", _l("改动时间"), kind="when", sort=True, phone=False),
    )
    filters = (ChoiceFilter("status"),)
    tabs = (Tab("open", _l("开课中"), status="open"), Tab("draft", _l("编写中"), status="draft"), Tab("closed", _l("已停课"), status="closed"))
    facts = (
        Column("audience", _l("给谁学"), value=_audience),
        Column("pass_percent", _l("多少分通过"), kind="count"),
        Column("summary", _l("一句话说明"), wide=True),
    )
    sections = (
        Section(_l("课文"), rows=lambda course: lessons_of(course.id), name="lessons", columns=(Column("title", _l("标题")), Column("body", _l("内容")))),
        Section(
            _l("考题"), rows=lambda course: questions_of(course.id), name="questions",
            columns=(
                Column("words", _l("题目")), Column("options", _l("选项"), value=lambda question: " / ".join(question.options)),
                Column("right", _l("正确选项"), value=_right),
            ),
        ),
    )
    related = (Related(LearnerView, "course_id"),)
    record_actions = (Action(_l("写课文和考题"), "CourseEditorPage.index", "edit", icon="book", primary=True),)
    form = CourseForm
    create = staticmethod(_make)
    update = staticmethod(reword_course)
    add_label = _l("新建课程")
    form_note = _l("保存后先写课文和考题，再点“开课”")
    empty_title = _l("还没有课程")
    empty_text = _l("新建一门课，写几页课文和几道题，就能让人上岗前学")

    def make_form(self, record: Any = None) -> Any:
        """For whom it is cannot change once it exists."""
        if record is not None:
            return CourseWords(obj=record)
        form = CourseForm()
        form.audience.choices = _audiences()
        return form


class CourseEditorPage(Page):
    """`/training/editor/<course>`: pages and questions, one form each."""

    name = "training.editor"
    route_base = "/training/editor"
    title = _l("写课文和考题")
    icon = "book"
    words = {"index": _l("写课文和考题")}

    @expose("/<int:pk>")
    @page_access("can_index")
    def index(self, pk: int) -> Response:
        """Everything of the course, each part open to change."""
        return self._shown(get(TrainingCourse, pk))

    @expose("/<int:pk>/lesson", methods=["POST"])
    @page_access("can_index")
    def lesson(self, pk: int) -> Response:
        """Write a page, change it, or remove it (`act`)."""
        course, form, now = get(TrainingCourse, pk), request.form, clock.now()
        key = form.get("key", type=int)
        if form.get("act") == "remove" and key:
            remove_lesson(course, key, actor=self.actor, now=now)
            return self.done(_("已删除这一页"), f"{self.endpoint}.index", pk=pk)
        try:
            write_lesson(course, lesson_id=key, title=form.get("title", ""), body=form.get("body", ""), actor=self.actor, now=now)
        except Refusal as refusal:
            return self._refused(pk, refusal)
        return self.done(_("已保存课文"), f"{self.endpoint}.index", pk=pk)

    @expose("/<int:pk>/question", methods=["POST"])
    @page_access("can_index")
    def question(self, pk: int) -> Response:
        """Write a question, change it, or remove it (`act`); right options are typed as their numbers."""
        course, form, now = get(TrainingCourse, pk), request.form, clock.now()
        key = form.get("key", type=int)
        if form.get("act") == "remove" and key:
            remove_question(course, key, actor=self.actor, now=now)
            return self.done(_("已删除这道题"), f"{self.endpoint}.index", pk=pk)
        typed = [part.strip() for part in form.get("right", "").replace("，", ",").split(",")]
        right = [int(part) - 1 for part in typed if part.isascii() and part.isdecimal() and len(part) < 3]
        try:
            write_question(
                course, question_id=key, words=form.get("words", ""), options=form.get("options", "").splitlines(), right=right, actor=self.actor, now=now,
            )
        except Refusal as refusal:
            return self._refused(pk, refusal)
        return self.done(_("已保存考题"), f"{self.endpoint}.index", pk=pk)

    def _refused(self, pk: int, refusal: Refusal) -> Response:
        db.session.rollback()
        return self._shown(get(TrainingCourse, pk), refusal)

    def _shown(self, course: TrainingCourse, refusal: Refusal | None = None) -> Response:
        return self.render(
            "training/editor.html", refusal.status if refusal else 200, course=course, lessons=lessons_of(course.id), questions=questions_of(course.id),
            refusal=refusal, typed=request.form if refusal else {}, page_title=course.title,
        )


class TrainingPage(Page):
    """`/training`: what a member has to learn, page by page, and the questions at the end."""

    name = "training.learning"
    route_base = "/training"
    title = _l("培训")
    icon = "book"
    words = {"index": _l("学习和考试")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The merchant's courses and how far one has come."""
        courses = [(course, self._learner(course)) for course in courses_for(self.actor.merchant_id or 0)]
        return self.render("training/index.html", courses=courses)

    @expose("/<int:pk>/<int:number>")
    @page_access("can_index")
    def lesson(self, pk: int, number: int) -> Response:
        """The page of that number, from 1."""
        course = self._course(pk)
        if not 1 <= number <= len(course.pages):
            raise NotFound
        return self.render(
            "training/lesson.html", course=course, lesson=course.pages[number - 1], number=number, learner=self._learner(course), page_title=course.title,
        )

    @expose("/<int:pk>/<int:number>/read", methods=["POST"])
    @page_access("can_index")
    def read(self, pk: int, number: int) -> Response:
        """This page is read: on to the next one, or to the questions."""
        course = self._course(pk)
        if not 1 <= number <= len(course.pages):
            raise NotFound
        read_lesson(pk, course.pages[number - 1].id, actor=self.actor, now=clock.now())
        if number < len(course.pages):
            return self.done(_("看完第 %(number)d 页", number=number), f"{self.endpoint}.lesson", pk=pk, number=number + 1)
        return self.done(_("看完了，做几道题"), f"{self.endpoint}.exam", pk=pk)

    @expose("/<int:pk>/exam", methods=["GET", "POST"])
    @page_access("can_index")
    def exam(self, pk: int) -> Response:
        """The questions; POST hands the answers in."""
        course = self._course(pk)
        with elevated():
            questions = questions_of(pk)
        if request.method == "GET":
            return self.render("training/exam.html", course=course, questions=questions, learner=self._learner(course), page_title=course.title)
        answers = {question.id: [int(each) for each in request.form.getlist(f"q{question.id}") if each in "012345"] for question in questions}
        attempt = hand_in(pk, answers, actor=self.actor, now=clock.now())
        if attempt.passed:
            return self.done(_("通过了：%(right)d / %(all)d 题答对", right=attempt.correct, all=attempt.asked), f"{self.endpoint}.index")
        return self.done(_("答对 %(right)d / %(all)d 题，没到通过线，再看看课文", right=attempt.correct, all=attempt.asked), f"{self.endpoint}.index")

    def _course(self, pk: int) -> TrainingCourse:
        return course_for(self.actor.merchant_id or 0, pk)

    def _learner(self, course: TrainingCourse) -> Learner | None:
        return learner_of(course.id, self.actor.merchant_id or 0, self.actor.id or 0)


VIEWS = (CourseView, LearnerView, CourseEditorPage, TrainingPage)

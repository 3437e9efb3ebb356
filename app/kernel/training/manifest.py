"""What training brings: the editor for staff, progress, and the pages where members learn."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.settings import Setting
from app.kernel.training.api import api
from app.kernel.training.models import COURSE_FLOW
from app.kernel.training.notices import NOTICES
from app.kernel.training.queries import waiting_courses
from app.kernel.training.views import VIEWS, CourseEditorPage, CourseView, LearnerView, TrainingPage

GROUP = _l("培训")

manifest = Manifest(
    name="training",
    title=_l("培训"),
    order=34,
    settings=(
        Setting("training.tries_a_day", _l("每天能考几次"), "count", 5, _l("同一个人同一门课一天最多考几次。"), least=1, most=50, unit=_l("次")),
    ),
    flows=(COURSE_FLOW,),
    notices=NOTICES,
    words={
        "training_course.made": _l("新建课程"), "training_course.changed": _l("改课程"), "training_course.lesson_written": _l("写课文"),
        "training_course.lesson_removed": _l("删课文"), "training_course.question_written": _l("写考题"), "training_course.question_removed": _l("删考题"),
        "training_learner.passed": _l("通过培训"),
    },
    fields={
        "training_course.title": Column("title", _l("课程名")), "training_course.summary": Column("summary", _l("一句话说明")),
        "training_course.pass_percent": Column("pass_percent", _l("多少分通过")), "training_course.lesson": Column("lesson", _l("课文")),
        "training_course.question": Column("question", _l("题目")), "training_learner.best": Column("best", _l("最高分")),
    },
    views=VIEWS,
    blueprints=(api,),
    grants=(
        Grant("Operator", CourseView.name, ("*",)), Grant("Operator", CourseEditorPage.name, ("*",)),
        Grant("Operator", LearnerView.name, ("list", "show", "export")),
        *(Grant(role, TrainingPage.name, ("index",)) for role in ("Owner", "Manager")),
    ),
    menu=(
        MenuItem(TrainingPage.name, "TrainingPage.index", _l("培训"), "book", GROUP, 150, badge=waiting_courses),
        MenuItem(CourseView.name, "CourseView.list", _l("培训课程"), "book", GROUP, 151),
        MenuItem(LearnerView.name, "LearnerView.list", _l("学习进度"), "people", GROUP, 152),
    ),
)

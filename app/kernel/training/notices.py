"""What operators are told: somebody has finished a course."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.training.models import Learner


def _to_operators(learner: Learner, happening: Happening) -> Told:
    values = {"person": learner.name, "course": learner.course.title, "mark": f"{learner.best}"}
    return Told("LearnerView.show", {"pk": learner.id}, values, roles=frozenset({"Operator"}))


NOTICES = (
    NoticeKind(
        "training.passed", _l("培训通过"), _l("运营"), ("training_learner.passed",), _to_operators, _l("{person}通过了“{course}”"),
        _l("{person}以 {mark} 分通过了“{course}”，可以上岗了。"),
        (Variable("person", _l("谁"), _l("陈春梅"), required=True), Variable("course", _l("课程"), _l("团长上岗课")), Variable("mark", _l("分数"), "90")),
    ),
)

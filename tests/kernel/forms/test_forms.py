"""Fields that staff define: what they accept, and how staff define them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.core.actors import EVERYTHING
from app.core.errors import Invalid
from app.framework.database import enter_scope, lock
from app.kernel.forms import operations
from app.kernel.forms.models import FieldDefinition
from app.kernel.forms.operations import CategoryOfOtherTrade, change_field, define_field, validate_answers
from app.kernel.forms.queries import answers_in_words, fields_of
from app.kernel.forms.rules import NotAnAnswerError, stored_answer
from tests.support.people import SETUP, merchant, sign_in, staff

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FORM = "dining.application"


def define(name: str, kind: str = "text", **more):
    return define_field(FORM, name, kind=kind, label_zh=more.pop("label_zh", name), actor=SETUP, now=NOW, **more)


@pytest.mark.parametrize(("kind", "given", "kept"), [
    ("text", "  柴火现做 ", "柴火现做"), ("number", "12", 12), ("number", "3.50", "3.5"), ("number", "1,200", 1200), ("choice", "川菜", "川菜"),
    ("date", "2027-01-31", "2027-01-31"), ("phone", "13800138000", "13800138000"), ("phone", "0571-88886666", "0571-88886666"),
    ("money", "1286.50", 128650), ("boolean", "on", True), ("boolean", False, False),
])
def test_an_answer_is_kept_in_its_kinds_form(kind, given, kept):
    assert stored_answer(kind, ["川菜", "粤菜"], given) == kept


@pytest.mark.parametrize(("kind", "given"), [
    ("number", "NaN"), ("number", "12a"), ("number", "1e400"), ("choice", "法餐"), ("date", "2027-02-30"), ("date", "明天"), ("phone", "12345"),
    ("money", "1.005"), ("money", "many"), ("text", "字" * 501),
])
def test_an_answer_that_does_not_fit_is_refused(unlimited, kind, given):
    with pytest.raises(NotAnAnswerError):
        stored_answer(kind, ["川菜"], given)


def test_a_required_field_must_be_answered_only_when_whole(unlimited):
    define("kitchen_area", "number", required=True, label_zh="后厨面积")
    define("cuisine", "choice", choices=["川菜", "粤菜"])
    with pytest.raises(Invalid) as refused:
        validate_answers(FORM, {"kitchen_area": "", "cuisine": "法餐", "extra": "x"})
    assert [(each["field"], each["code"]) for each in refused.value.errors] == [
        ("answers.extra", "unknown"), ("answers.kitchen_area", "required"), ("answers.cuisine", "invalid"),
    ]
    assert "后厨面积" in refused.value.errors[1]["message"]
    assert validate_answers(FORM, {"kitchen_area": "", "cuisine": "川菜"}, whole=False) == {"cuisine": "川菜"}
    assert validate_answers(FORM, {"kitchen_area": "40", "cuisine": ""}) == {"kitchen_area": 40}


def test_answers_stay_readable_after_their_field_is_taken_away(unlimited):
    field = define("deposit", "money", label_zh="押金")
    change_field(field, active=False, actor=SETUP, now=NOW)
    assert fields_of(FORM) == []
    assert answers_in_words(FORM, {"deposit": 128650}) == [("deposit", "押金", "¥1,286.50")]


def test_definitions_are_checked(unlimited):
    define("a")
    for refusal, arguments in (
        (operations.FieldNameTaken, {"name": "a"}), (operations.BadFieldName, {"name": "厨房"}), (operations.BadFieldName, {"name": "1a"}),
        (operations.FieldNeedsChoices, {"name": "b", "kind": "choice", "choices": [" "]}),
    ):
        with pytest.raises(refusal):
            define(**arguments)


def test_an_operator_defines_a_field_sees_the_preview_and_changes_it(app):
    operator = staff(app, "Operator")
    page = operator.get("/form-fields/new")
    assert page.status_code == 200, page.get_data(as_text=True)[:500]
    made = operator.post("/form-fields/new", data={
        "form": FORM, "name": "cuisine", "kind": "choice", "label_zh": "菜系", "label_en": "Cuisine", "choices": "川菜\n粤菜\n", "required": "y", "active": "y",
        "position": "1", "help": "",
    })
    assert made.status_code == 303, made.get_data(as_text=True)
    shown = operator.get(made.headers["Location"]).get_data(as_text=True)
    assert "申请人看到的样子" in shown
    assert "粤菜</option>" in shown
    changed = operator.post(made.headers["Location"] + "/edit", data={
        "label_zh": "主营菜系", "label_en": "", "help": "", "position": "2", "choices": "川菜", "active": "y", "version": "1",
    })
    assert changed.status_code == 303, changed.get_data(as_text=True)
    with app.app_context():
        enter_scope(EVERYTHING)
        field = lock(FieldDefinition, int(made.headers["Location"].rsplit("/", 1)[1]))
        assert (field.label_zh, field.choices, field.required, field.name, field.kind) == ("主营菜系", ["川菜"], False, "cuisine", "choice")


def test_members_do_not_define_fields(app):
    owner = sign_in(app, merchant(app).members["Owner"])
    assert owner.get("/form-fields/").status_code == 403
    assert owner.post("/form-fields/new", data={"form": FORM, "name": "x", "kind": "text", "label_zh": "x"}).status_code == 403


# ---- fields of a category --------------------------------------------------------------------------------------------

def test_a_field_of_one_category_is_asked_of_it_alone(unlimited):
    define("area", kind="number", required=True)
    define("cream_room", kind="number", required=True, category="bakery")
    assert validate_answers(FORM, {"area": "40"}, category="restaurant") == {"area": 40}
    assert validate_answers(FORM, {"area": "40", "cream_room": "6"}, category="bakery") == {"area": 40, "cream_room": 6}
    with pytest.raises(Invalid) as refused:
        validate_answers(FORM, {"area": "40"}, category="bakery")
    assert [(each["field"], each["code"]) for each in refused.value.errors] == [("answers.cream_room", "required")]
    with pytest.raises(Invalid) as refused:
        validate_answers(FORM, {"area": "40", "cream_room": "6"}, category="restaurant")
    assert [(each["field"], each["code"]) for each in refused.value.errors] == [("answers.cream_room", "unknown")]


def test_a_category_of_another_trade_is_refused(unlimited):
    with pytest.raises(CategoryOfOtherTrade):
        define("cream_room", category="hotel")
    field = define("cream_room", category="bakery")
    with pytest.raises(CategoryOfOtherTrade):
        change_field(field, category="hotel", actor=SETUP, now=NOW)
    assert change_field(field, category="", actor=SETUP, now=NOW).category == ""

"""What forms bring: the page of staff-defined fields."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.framework.manifest import Grant, Manifest, MenuItem
from app.kernel.forms.queries import category_in_words
from app.kernel.forms.views import FieldView

manifest = Manifest(
    name="forms",
    title=_l("自定义字段"),
    order=14,
    views=(FieldView,),
    grants=(Grant("Operator", "forms.fields", ("*",)),),
    menu=(MenuItem("forms.fields", "FieldView.list", _l("自定义字段"), "list", _l("平台"), 460),),
    fields={
        "form_field.label_zh": Column("label_zh", _l("中文名称")),
        "form_field.label_en": Column("label_en", _l("英文名称")),
        "form_field.required": Column("required", _l("必填")),
        "form_field.choices": Column("choices", _l("选项")),
        "form_field.help": Column("help", _l("填写说明")),
        "form_field.position": Column("position", _l("排在第几")),
        "form_field.active": Column("active", _l("启用")),
        "form_field.category": Column("category", _l("哪种业态要填"), value=category_in_words),
    },
    words={"field.defined": _l("新建字段"), "field.changed": _l("修改字段")},
)

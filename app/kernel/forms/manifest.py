"""What forms bring: the page of staff-defined fields."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Grant, Manifest, MenuItem
from app.kernel.forms.views import FieldView

manifest = Manifest(
    name="forms",
    title=_l("自定义字段"),
    order=14,
    views=(FieldView,),
    grants=(Grant("Operator", "forms.fields", ("*",)),),
    menu=(MenuItem("forms.fields", "FieldView.list", _l("自定义字段"), "list", _l("平台"), 460),),
    words={"field.defined": _l("新建字段"), "field.changed": _l("修改字段")},
)

"""What visibility brings: the rules that every console page asks for, and the page where they are made."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.framework.console.seeing import hide_with
from app.framework.manifest import Manifest, MenuItem
from app.kernel.visibility.queries import rules, words_of
from app.kernel.visibility.views import VisibilityView

hide_with(rules)

manifest = Manifest(
    name="visibility",
    title=_l("谁看到什么"),
    order=13,
    views=(VisibilityView,),
    menu=(MenuItem("visibility.rules", "VisibilityView.list", _l("谁看到什么"), "eye", _l("平台"), 462),),
    fields={"visibility_rule.hidden": Column("hidden", _l("看不到"), value=words_of)},
    words={"visibility.added": _l("新建规则"), "visibility.changed": _l("改变谁看到什么")},
)

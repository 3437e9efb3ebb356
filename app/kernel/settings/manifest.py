"""What settings bring: the pages, the versions, and the platform's own name."""

from flask_babel import lazy_gettext as _l

from app.framework.console import find
from app.framework.console.columns import Column
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.settings import PLATFORM_NAME, Setting, read_settings_with
from app.kernel.settings.finder import find_settings
from app.kernel.settings.home import SettingsTodo
from app.kernel.settings.models import SETTING_FLOW
from app.kernel.settings.queries import changed_values, waiting_count
from app.kernel.settings.views import SettingsPage, SettingVersionView

read_settings_with(changed_values)
find.register(find_settings)

manifest = Manifest(
    name="settings",
    title=_l("平台"),
    order=12,
    flows=(SETTING_FLOW,),
    fields={"setting_version.value": Column("value", _l("数值"), value=str)},
    words={"setting.changed": _l("修改设置"), "setting.proposed": _l("提出修改设置")},
    views=(SettingsPage, SettingVersionView),
    grants=(
        Grant("Operator", "settings.page", ("index", "change")),
        Grant("Finance", "settings.page", ("index", "propose")),
        Grant("Operator", "settings.versions", ("list", "show")),
        Grant("Finance", "settings.versions", ("*",)),
    ),
    home=(SettingsTodo,),
    menu=(MenuItem("settings.page", "SettingsPage.index", _l("平台设置"), "gear", _l("平台"), 445, badge=waiting_count),),
    settings=(
        Setting(PLATFORM_NAME, _l("平台名称"), "text", "百业", _l("显示在登录页、后台左上角和浏览器标签上。"), least=1, most=20),
    ),
)

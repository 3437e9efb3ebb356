"""Settings in the global search: by their names."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.framework.console.find import Hit
from app.framework.console.page import may
from app.framework.settings import declared
from app.kernel.settings.views import SettingsPage

HITS = 4


def find_settings(words: str, actor: Actor) -> list[Hit]:
    """Settings whose name holds the words, for those who may see settings."""
    if not may(SettingsPage, "index"):
        return []
    found = [setting for setting in declared().values() if words.lower() in str(setting.label).lower()]
    return [Hit(str(setting.label), url_for("SettingsPage.show", name=setting.name), _l("设置"), icon="gear") for setting in found[:HITS]]

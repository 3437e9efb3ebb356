"""Dining's part of the API for mini-programs."""

from flask_babel import lazy_gettext as _l

from app.framework.json_api import Api

api = Api("dining", "/api/v1/dining", _l("点餐"))

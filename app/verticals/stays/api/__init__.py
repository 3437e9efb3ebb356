"""Stays' part of the API for mini-programs."""

from flask_babel import lazy_gettext as _l

from app.framework.json_api import Api

api = Api("stays", "/api/v1/stays", _l("民宿酒店"))

"""Parties' part of the API: customers sign in, members work from the mini-program."""

from flask_babel import lazy_gettext as _l

from app.framework.json_api import Api

api = Api("sign_in", "/api/v1", _l("登录"))

"""Vouchers' part of the API for mini-programs."""

from flask_babel import lazy_gettext as _l

from app.framework.json_api import Api

api = Api("vouchers", "/api/v1/vouchers", _l("团购核销"))

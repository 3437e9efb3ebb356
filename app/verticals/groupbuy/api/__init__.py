"""Group buying's part of the API for mini-programs."""

from flask_babel import lazy_gettext as _l

from app.framework.json_api import Api

api = Api("groupbuy", "/api/v1/groupbuy", _l("社区团购"))

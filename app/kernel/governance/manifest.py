"""What governance brings: words; its parts are used by the packages whose records are proposals."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Manifest

manifest = Manifest(name="governance", title=_l("提案"), order=45)

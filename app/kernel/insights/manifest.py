"""What insights bring: nothing by themselves; each trade has its page of them."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Manifest

manifest = Manifest(name="insights", title=_l("经营分析"), order=95)

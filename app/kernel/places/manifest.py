"""What places bring: nothing to switch on; trades build theirs on them."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Manifest

manifest = Manifest(name="places", title=_l("店铺和网点"), order=33)

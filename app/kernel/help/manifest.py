"""What help brings: its pages, for everybody, and the link from each page to its topic."""

from flask_babel import lazy_gettext as _l

from app.framework.console.helping import help_with
from app.framework.manifest import Grant, Manifest
from app.kernel.help.views import HelpPage, address_of
from app.kernel.parties.roles import ROLES

help_with(address_of)

manifest = Manifest(
    name="help",
    title=_l("帮助"),
    order=96,
    views=(HelpPage,),
    grants=tuple(Grant(role.name, "help", ("index",)) for role in ROLES),
)

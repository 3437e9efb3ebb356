"""The console: Flask-AppBuilder for users, rights and menu, our own lists, records, forms and pages on its BaseView."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder

from app.extensions import db
from app.framework.console import assets, errors, find, formats, fragments, headers, numbers, preferences, shell
from app.framework.console.find import FindView
from app.framework.console.menu import MenuView, in_groups, items_of
from app.framework.console.page import permissions_of
from app.framework.console.preferences import PreferenceView
from app.framework.console.references import References, references_of
from app.framework.console.rights import Rights, rights_of
from app.framework.console.view import ConsoleView
from app.framework.manifest import Manifest, MenuItem


@dataclass
class Console:
    """What the manifests brought to the console: kept in `app.extensions["console"]`."""

    rights: Rights
    menu: tuple[MenuItem, ...]
    home: tuple[Any, ...]
    of_trades: frozenset[str] = frozenset()
    permissions: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    lines: dict[frozenset[str], list[MenuItem]] = field(default_factory=dict, repr=False)
    references: References = field(default_factory=References, repr=False)

    def lines_of(self, roles: frozenset[str]) -> list[MenuItem]:
        """The lines of the menu that people of these roles may open; worked out once, for rights only change with the manifests."""
        if roles not in self.lines:
            self.lines[roles] = [item for item in in_groups(self.menu, self.of_trades) if self.opens(item.endpoint, roles)]
        return self.lines[roles]

    def opens(self, endpoint: str, roles: frozenset[str]) -> bool:
        """True when people of these roles may open the page."""
        permission = self.permission_of(endpoint)
        return permission is None or bool(self.rights.allow(roles, permission, self.names[endpoint.partition(".")[0]]))

    def permission_of(self, endpoint: str) -> str | None:
        """The permission behind a page, None for one that needs none."""
        return self.permissions.get(endpoint)


def init_app(app: Flask, appbuilder: AppBuilder, manifests: list[Manifest]) -> None:
    """Bring rights, menu, home and every view of the manifests to the application. Needs an application context; writes nothing."""
    app.config.setdefault("FAB_ADD_SECURITY_VIEWS", False)
    app.config.setdefault("SIGN_IN_ENDPOINT", "SignInView.index")
    rights = rights_of(manifests)
    of_trades = frozenset(item.endpoint for manifest in manifests if manifest.documents for item in manifest.menu)
    console = Console(rights, items_of(manifests), tuple(card() for manifest in manifests for card in manifest.home), of_trades)
    app.extensions["console"] = console
    app.config["FAB_ROLES"] = rights.as_fab_roles()
    appbuilder.init_app(app, db.session)
    for part in (assets, headers, formats, preferences, shell, fragments, errors):
        part.init_app(app)
    for view in (PreferenceView, FindView, MenuView, *(view for manifest in manifests for view in manifest.views)):
        registered = appbuilder.add_view_no_menu(view)
        console.names[registered.endpoint] = registered.name
        console.permissions.update({f"{registered.endpoint}.{name}": f"can_{right}" for name, right in permissions_of(type(registered)).items()})
    console.references = references_of(view for view in appbuilder.baseviews if isinstance(view, ConsoleView))
    find.register(numbers.find_numbered)
    for item in console.menu:
        appbuilder.menu.add_link(item.endpoint, href=item.endpoint, icon=item.icon, label=str(item.view), category="")
        if item.endpoint not in app.view_functions:
            raise LookupError(f"the menu leads to {item.endpoint}, which is no page")


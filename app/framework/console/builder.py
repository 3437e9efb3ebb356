"""Flask-AppBuilder without the pages that it always brings."""

from __future__ import annotations

from flask_appbuilder import AppBuilder


class HouseBuilder(AppBuilder):
    """Registers the home page, and FAB's own views as far as the settings ask for them.

    FAB's `/lang/<language>` changes the session by GET and its `/back` follows a list of addresses kept there; `/preferences/` does the
    first, and no page needs the second.
    """

    def _add_admin_views(self) -> None:
        self._indexview = self.add_view_no_menu(self.indexview)
        for part in (self.sm, self.openapi_manager, self.menuapi_manager):
            part.register_views()

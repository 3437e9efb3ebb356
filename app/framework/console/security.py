"""FAB's security manager on rights from the manifests: no query a check, and a set-based sync of FAB's tables."""

from __future__ import annotations

from typing import Any

from flask import current_app, g
from flask_appbuilder.security.sqla.manager import SecurityManager
from sqlalchemy import text

from app.extensions import db
from app.framework.console.rights import ADMIN, MENU
from app.framework.identity import current_actor


class BuiltinSecurityManager(SecurityManager):
    """Rights of built-in roles by exact set look-up; rights of roles kept in the database read once a request.

    Sets no stock pages of FAB on the application and holds no state of a request.
    """

    def register_views(self) -> None:
        """None of FAB's own pages: ours replace them."""

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """True when the actor's roles hold the permission."""
        roles = current_actor().roles
        return current_app.extensions["console"].rights.allow(roles, permission_name, view_name) or (
            (permission_name, view_name) in self._stored_rights()
        )

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Nothing of the console is public."""
        return False

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        """The names among `menu_names` that the actor may see, in one pass."""
        return {name for name in menu_names or [] if self.has_access(MENU, name)}

    def _stored_rights(self) -> frozenset[tuple[str, str]]:
        """Rights of the actor's roles that staff made in the console; empty without a query when all are built in."""
        if "stored_rights" not in g:
            built_in = current_app.extensions["console"].rights
            own = [role for role in current_actor().roles if role != ADMIN and role not in built_in.roles and role not in built_in.of]
            g.stored_rights = frozenset(_rights_in_database(own)) if own else frozenset()
        return g.stored_rights


def _rights_in_database(roles: list[str]) -> list[tuple[str, str]]:
    rows = db.session.execute(
        text(
            "SELECT p.name, v.name FROM ab_role r JOIN ab_permission_view_role pvr ON pvr.role_id = r.id"
            " JOIN ab_permission_view pv ON pv.id = pvr.permission_view_id JOIN ab_permission p ON p.id = pv.permission_id"
            " JOIN ab_view_menu v ON v.id = pv.view_menu_id WHERE r.name = ANY(:roles)"
        ), {"roles": roles},
    )
    return [(permission, view) for permission, view in rows]


_ADD_NAMES = """
    INSERT INTO {table} (id, name)
    SELECT nextval('{table}_id_seq'), wanted.name FROM unnest(CAST(:names AS text[])) AS wanted(name)
    WHERE NOT EXISTS (SELECT 1 FROM {table} known WHERE known.name = wanted.name)
    ON CONFLICT DO NOTHING
"""
_ADD_PAIRS = """
    INSERT INTO ab_permission_view (id, permission_id, view_menu_id)
    SELECT nextval('ab_permission_view_id_seq'), p.id, v.id
    FROM unnest(CAST(:permissions AS text[]), CAST(:views AS text[])) AS wanted(permission, view)
    JOIN ab_permission p ON p.name = wanted.permission JOIN ab_view_menu v ON v.name = wanted.view
    WHERE NOT EXISTS (SELECT 1 FROM ab_permission_view known WHERE known.permission_id = p.id AND known.view_menu_id = v.id)
    ON CONFLICT DO NOTHING
"""
_ORPHANS = """
    SELECT pv.id FROM ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id JOIN ab_view_menu v ON v.id = pv.view_menu_id
    WHERE NOT EXISTS (SELECT 1 FROM unnest(CAST(:permissions AS text[]), CAST(:views AS text[])) AS wanted(permission, view)
                      WHERE wanted.permission = p.name AND wanted.view = v.name)
"""


def wanted_permissions() -> list[tuple[str, str]]:
    """Every (permission, view) pair of the registered views, and `menu_access` for each."""
    appbuilder = current_app.extensions["appbuilder"]
    pairs = {(permission, view.class_permission_name) for view in appbuilder.baseviews for permission in view.base_permissions}
    return sorted(pairs | {(MENU, view) for _, view in pairs})


def sync() -> dict[str, int]:
    """Make FAB's tables hold exactly the permissions of the code, and a row for each role. Safe to repeat; the caller commits.

    Returns how many rows each step wrote: a second run writes none.
    """
    pairs = wanted_permissions()
    permissions, views = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    roles = sorted({ADMIN, *current_app.extensions["console"].rights.roles})
    both = {"permissions": permissions, "views": views}
    return {
        "roles": _run(_ADD_NAMES.format(table="ab_role"), names=roles),
        "permissions": _run(_ADD_NAMES.format(table="ab_permission"), names=sorted(set(permissions))),
        "views": _run(_ADD_NAMES.format(table="ab_view_menu"), names=sorted(set(views))),
        "pairs": _run(_ADD_PAIRS, **both),
        "removed": _run(f"DELETE FROM ab_permission_view_role WHERE permission_view_id IN ({_ORPHANS})", **both)  # noqa: S608 - a constant
        + _run(f"DELETE FROM ab_permission_view WHERE id IN ({_ORPHANS})", **both),  # noqa: S608 - a constant
    }


def _run(statement: str, **values: Any) -> int:
    return max(db.session.execute(text(statement), values).rowcount, 0)

"""Pages of the console: views on FAB's BaseView that hold no request state and check one right a method."""

from __future__ import annotations

import functools
from collections.abc import Callable
from inspect import isfunction
from typing import Any, ClassVar, TypeVar

from flask import Response, current_app, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Forbidden
from app.core.flows import Move
from app.framework.console.formats import translator
from app.framework.identity import current_actor

__all__ = ["Page", "expose", "may", "page_access", "require"]

View = TypeVar("View", bound=Callable[..., Any])

METHOD_WORDS = {
    "list": _l("查看列表"), "show": _l("查看详情"), "add": _l("新建"), "edit": _l("修改"), "export": _l("导出"), "index": _l("查看"),
}


def page_access(permission: str) -> Callable[[View], View]:
    """Only those who hold `permission` (`can_show`) on the view come in; the signed-out are sent to sign in."""
    name = permission.removeprefix("can_")

    def decorate(function: View) -> View:
        @functools.wraps(function)
        def guarded(self: Page, *args: Any, **kwargs: Any) -> Any:
            away = require(self, name)
            return away if away is not None else function(self, *args, **kwargs)

        guarded._permission_name = name  # type: ignore[attr-defined] # noqa: SLF001 - where FAB looks for the permissions of a view
        return guarded  # type: ignore[return-value]

    return decorate


def permissions_of(view: type[Any]) -> dict[str, str]:
    """Name of the function → its right without `can_`, for the guarded functions of a view class."""
    functions = {name: getattr(view, name, None) for name in dir(view)}
    rights = {name: getattr(function, "_permission_name", None) for name, function in functions.items() if isfunction(function)}
    return {name: right for name, right in rights.items() if right is not None}


def may(view: Any, method: str) -> bool:
    """True when the actor of this request holds `can_<method>` on the view (class or object)."""
    return bool(current_app.extensions["console"].rights.allow(current_actor().roles, f"can_{method}", view.name))


def require(view: Any, method: str) -> Response | None:
    """None when the actor may; a redirect to the sign-in page when nobody is signed in; Forbidden otherwise."""
    if may(view, method):
        return None
    if current_actor().kind in {"public", "customer"}:
        return sign_in_first()
    raise Forbidden(right=_right_in_words(view, method), field=f"{view.name}.can_{method}")


def sign_in_first() -> Response:
    """To the sign-in page, and back here afterwards when that is safe to repeat."""
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for(current_app.config["SIGN_IN_ENDPOINT"], next=back))  # type: ignore[return-value]


def _right_in_words(view: Any, method: str) -> str:
    word = METHOD_WORDS.get(method) or next((move.label for move in view.moves() if move.name == method), view.words.get(method, method))
    return f"{view.title} · {word}"


class Page(BaseView):
    """A page or a set of pages with one title, one name in the permissions, and templates of its own.

    Subclasses set `name` (the permission name, `dining.board`), `route_base`, `title`, and expose methods under
    `@page_access`. `words` says rights of its own in words, for the page that refuses them.
    """

    name: ClassVar[str] = ""
    title: ClassVar[Any] = ""
    icon: ClassVar[str] = "list"
    words: ClassVar[dict[str, Any]] = {}
    default_view = "index"

    def __init__(self) -> None:
        """Refuse to stand without a name in the permissions and a place in the addresses."""
        if not self.name or self.route_base is None:
            raise RuntimeError(f"{type(self).__name__} needs a name and a route_base")
        self.class_permission_name = self.name
        super().__init__()
        self.base_permissions = sorted({f"can_{method}" for method in self.methods()} | {f"can_{move.name}" for move in self.moves()})

    @classmethod
    def methods(cls) -> frozenset[str]:
        """The methods that a grant may name, without `can_`."""
        return frozenset(permissions_of(cls).values())

    @classmethod
    def moves(cls) -> tuple[Move, ...]:
        """The moves of the flow behind this view; a page has none unless it says so."""
        return ()

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return current_actor()

    def may(self, method: str) -> bool:
        """True when the actor holds the right on this view."""
        return may(self, method)

    def render(self, template: str, status: int = 200, **context: Any) -> Response:
        """The template with `view`, `page_title`, and what is given; `status` for pages that refuse."""
        context.setdefault("page_title", self.title)
        context.setdefault("_", translator())
        body = self.render_template(template, view=self, **context)
        return Response(body, status, mimetype="text/html")

    def say(self, sentence: Any, undo: str | None = None) -> None:
        """Show a toast on the next page; `undo` is an address that takes it back when posted to."""
        flash({"text": str(sentence), "undo": undo}, "toast")

    def done(self, sentence: Any, endpoint: str, undo: str | None = None, **values: Any) -> Response:
        """A toast and the way to the next page, after something was done."""
        self.say(sentence, undo)
        return redirect(url_for(endpoint, **values), 303)  # type: ignore[return-value]

    def url(self, method: str, **values: Any) -> str:
        """The address of a method of this view."""
        return url_for(f"{self.endpoint}.{method}", **values)



"""Static files under addresses that carry a hash of their content, so that browsers keep them for a year."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, g, request, url_for
from markupsafe import Markup


def init_app(app: Flask) -> None:
    """Give templates `asset` and `import_map`; let hashed addresses be kept."""
    app.extensions["assets"], app.extensions["assets.maps"] = {}, {}
    app.extensions["assets.modules"] = sorted(path.stem for path in (Path(str(app.static_folder)) / "js").glob("*.js"))
    app.jinja_env.globals.update(asset=asset, import_map=import_map)
    app.after_request(_keep_hashed)


def asset(path: str) -> str:
    """The address of a file under app/static, with a hash of its content."""
    app = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - asked for a hundred times a page
    known: dict[str, str] = app.extensions["assets"]
    if path not in known or app.debug or app.testing:
        known[path] = f"{path}?v={_digest(str(app.static_folder), path)}"
    return _root() + known[path]


def _root() -> str:
    """Where static files begin; asked of the address map once a request, not once a picture."""
    if "static_root" not in g:
        g.static_root = url_for("static", filename="")
    root: str = g.static_root
    return root


def import_map() -> Markup:
    """The JSON of an import map: our modules by their bare names (`baiye/modal`)."""
    app, root = current_app, _root()
    known: dict[str, Markup] = app.extensions["assets.maps"]
    if root not in known or app.debug or app.testing:
        modules = {f"baiye/{name}": asset(f"js/{name}.js") for name in app.extensions["assets.modules"]}
        known[root] = Markup(json.dumps({"imports": modules}))  # noqa: S704 - file names of ours, no input
    return known[root]


def _digest(folder: str, path: str) -> str:
    """Read again at each use while developing; on a server files do not change under a process, and one reading is kept."""
    return _digest_of(folder, path, (Path(folder) / path).stat().st_mtime_ns)


@lru_cache(maxsize=512)
def _digest_of(folder: str, path: str, _changed: int) -> str:
    return hashlib.sha256((Path(folder) / path).read_bytes()).hexdigest()[:10]


def _keep_hashed(response: Response) -> Response:
    if request.endpoint == "static" and request.args.get("v") and response.status_code == 200:
        response.cache_control.public, response.cache_control.no_cache = True, None
        response.cache_control.max_age, response.cache_control.immutable = 31_536_000, True
    return response

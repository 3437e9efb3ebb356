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
    app.jinja_env.globals.update(asset=asset, import_map=import_map)
    app.after_request(_keep_hashed)


def asset(path: str) -> str:
    """The address of a file under app/static, with a hash of its content."""
    folder = str(current_app.static_folder)
    return f"{_root()}{path}?v={_digest(folder, path, _changed(folder, path))}"


def _root() -> str:
    """Where static files begin; asked of the address map once a request, not once a picture."""
    if "static_root" not in g:
        g.static_root = url_for("static", filename="")
    root: str = g.static_root
    return root


def import_map() -> Markup:
    """The JSON of an import map: our modules by their bare names (`baiye/modal`)."""
    folder = Path(str(current_app.static_folder)) / "js"
    modules = {f"baiye/{path.stem}": asset(f"js/{path.name}") for path in sorted(folder.glob("*.js"))}
    return Markup(json.dumps({"imports": modules}))  # noqa: S704 - file names of ours, no input


def _changed(folder: str, path: str) -> int:
    """The time of the last change while developing; constant on a server, where files do not change under a process."""
    return (Path(folder) / path).stat().st_mtime_ns if current_app.debug or current_app.testing else 0


@lru_cache(maxsize=512)
def _digest(folder: str, path: str, changed: int) -> str:
    return hashlib.sha256((Path(folder) / path).read_bytes()).hexdigest()[:10]


def _keep_hashed(response: Response) -> Response:
    if request.endpoint == "static" and request.args.get("v") and response.status_code == 200:
        response.cache_control.public, response.cache_control.no_cache = True, None
        response.cache_control.max_age, response.cache_control.immutable = 31_536_000, True
    return response

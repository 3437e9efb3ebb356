"""The JSON API in our house style: typed bodies, problem details, idempotency, keyset pages, OpenAPI 3.1 from the code."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from app.framework.json_api import document
from app.framework.json_api.endpoint import Api
from app.framework.manifest import Manifest

__all__ = ["Api", "init_app"]


def init_app(app: Flask, csrf: CSRFProtect, manifests: list[Manifest]) -> None:
    """Mount every manifest's API and the page that documents them. Tokens travel in a header, so CSRF does not apply."""
    apis = [api for manifest in manifests for api in manifest.blueprints]
    for api in apis:
        csrf.exempt(api.blueprint)
        app.register_blueprint(api.blueprint)
    app.extensions["apis"] = apis
    app.register_blueprint(document.blueprint)

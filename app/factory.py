"""create_app: settings, extensions, every manifest. Nothing is named by hand."""

from __future__ import annotations

from typing import Any

from flask import Flask

import config
from app import kernel, verticals
from app.extensions import csrf, db, limiter, migrate
from app.framework import console, events, json_api, observability, queue
from app.framework.console.builder import HouseBuilder
from app.framework.database import ENGINE_OPTIONS, undeclared_models
from app.framework.manifest import Manifest, discover
from app.framework.web import House
from app.kernel.parties.sessions import DatabaseSessions


def create_app(**overrides: Any) -> Flask:
    """A ready application. It writes nothing to the database; keyword arguments override settings of the same name."""
    settings = {**config.load(), **overrides}
    app = House(__name__, root_path=str(config.ROOT / "app"), template_folder=str(config.ROOT / "templates"))
    app.config.update(settings)
    app.config.setdefault("SQLALCHEMY_DATABASE_URI", settings["DATABASE_APP_URL"])
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", ENGINE_OPTIONS)
    manifests = discover(kernel) + discover(verticals, only=settings["TRADES"])
    app.extensions["manifests"] = manifests
    app.session_interface = DatabaseSessions()
    observability.init_app(app)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(config.ROOT / "migrations"))
    csrf.init_app(app)
    limiter.init_app(app)
    _connect(manifests)
    with app.app_context():
        console.init_app(app, HouseBuilder(), manifests)
    json_api.init_app(app, csrf, manifests)
    missing = undeclared_models()
    if missing:
        raise RuntimeError(f"these models do not say whose rows they hold: {', '.join(missing)}")
    return app


def _connect(manifests: list[Manifest]) -> None:
    """Jobs into the queue, handlers to their events."""
    for manifest in manifests:
        for job in manifest.jobs:
            queue.register(job)
        for event, handlers in manifest.handlers.items():
            for handler in handlers:
                events.subscribe(event, handler)

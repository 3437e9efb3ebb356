"""Request ids, structured logs, and the three pages that machines read: /healthz, /readyz, /metrics."""

from __future__ import annotations

import logging
import re
import sys
import time
import uuid

import structlog
from flask import Blueprint, Flask, Response, g, has_request_context, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db

log = structlog.get_logger("baiye")
blueprint = Blueprint("observability", __name__)

REGISTRY = CollectorRegistry()
REQUESTS = Counter("baiye_requests", "Requests answered", ["endpoint", "method", "status"], registry=REGISTRY)
SECONDS = Histogram("baiye_request_seconds", "Time to answer", ["endpoint"], registry=REGISTRY)


def init_app(app: Flask) -> None:
    """Count, time, and log every request; give each an id that people can quote."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    app.before_request(_begin)
    app.after_request(_finish)
    app.register_blueprint(blueprint)


def request_id() -> str:
    """The id of this request, shown on error pages and kept in the audit; empty outside a request."""
    return g.get("request_id", "") if has_request_context() else ""


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if re.fullmatch(r"[0-9A-Za-z_-]{8,64}", given) else uuid.uuid4().hex[:16]
    g.began = time.perf_counter()


def _finish(response: Response) -> Response:
    if "began" not in g:
        return response
    endpoint, seconds = request.endpoint or "none", time.perf_counter() - g.began
    REQUESTS.labels(endpoint, request.method, response.status_code).inc()
    SECONDS.labels(endpoint).observe(seconds)
    response.headers["X-Request-Id"] = g.request_id
    if endpoint != "static" and not request.path.startswith(("/static/", "/healthz", "/readyz", "/metrics")):
        log.info("request", id=g.request_id, method=request.method, path=request.path, status=response.status_code, ms=round(seconds * 1000, 1))
    return response


@blueprint.get("/healthz")
def healthz() -> tuple[dict[str, str], int]:
    """The process lives."""
    return {"status": "ok"}, 200


@blueprint.get("/readyz")
def readyz() -> tuple[dict[str, str], int]:
    """The process can serve: its database answers and is migrated."""
    try:
        db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    except SQLAlchemyError:
        return {"status": "database away"}, 503
    return {"status": "ready"}, 200


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counters of this process in the Prometheus text format; only for addresses of this machine."""
    if request.remote_addr not in {"127.0.0.1", "::1"}:
        return Response("only from this machine\n", 403, mimetype="text/plain")
    return Response(generate_latest(REGISTRY), mimetype=CONTENT_TYPE_LATEST)

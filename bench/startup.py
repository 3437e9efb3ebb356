"""Starting a web process with all trades, against Flask with Flask-AppBuilder alone on a file of SQLite.

Each is timed in a fresh process, from its first import to an application that can answer; the limit has made its tables and rights in a start before.
Goals: three seconds, no statement that writes, and 180 MiB in a process that has answered its first page. Right: that page answers, and nothing was written.
The ratio says how many times as long ours takes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile

from bench.common import PASSWORD, Result, durable_application, in_turn

ROUNDS, GOAL = 5, 2.0
TRADES = "from app.factory import create_app; app = create_app(**settings)"
ALONE = """
from flask import Flask
from flask_appbuilder import AppBuilder
from flask_appbuilder.utils.legacy import get_sqla_class
app = Flask("alone")
app.config.update(settings)
database = get_sqla_class()()
with app.app_context():
    database.init_app(app)
    AppBuilder(app, database.session)
"""
PROGRAM = """
import json, resource, sys, time
settings, path, began = json.loads(sys.argv[1]), sys.argv[2], time.perf_counter()
from sqlalchemy import Engine, event
written = []
def look(connection, cursor, statement, *rest):
    if statement.split(None, 1)[0].upper() in ("INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP"):
        written.append(statement)
event.listen(Engine, "before_cursor_execute", look)
{start}
seconds, writes = time.perf_counter() - began, len(written)
status, peak = app.test_client().get(path).status_code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([seconds, writes, status, peak / (2**20 if sys.platform == "darwin" else 2**10)]))
"""


def started(start: str, settings: dict[str, str], path: str) -> tuple[float, int, int, float]:
    """In a process of its own: seconds, statements that wrote, the status of a first page, and MiB."""
    command = [sys.executable, "-c", PROGRAM.replace("{start}", start), json.dumps(settings), path]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)  # nosec B603: our own
    seconds, writes, status, peak = json.loads(done.stdout.splitlines()[-1])
    return seconds, writes, status, peak


def main() -> int:
    """Print seconds and memory; 1 when a start wrote something or the first page failed."""
    with durable_application() as app, tempfile.TemporaryDirectory(prefix="baiye-bench-") as folder:
        ours = {"SQLALCHEMY_DATABASE_URI": app.config["SQLALCHEMY_DATABASE_URI"], "MIGRATION_URL": app.config["MIGRATION_URL"], "APP_PASSWORD": PASSWORD}
        alone = {"SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}/alone.db", "SECRET_KEY": PASSWORD}
        started(ALONE, alone, "/login/")
        found: list[tuple[float, int, int, float]] = []

        def seconds_of_ours() -> float:
            found.append(started(TRADES, ours, "/sign-in/"))
            return found[-1][0]

        median = in_turn(ROUNDS, ours=seconds_of_ours, limit=lambda: started(ALONE, alone, "/login/")[0])
    right = all(status == 200 and not writes for _, writes, status, _ in found)
    memory = max(each[3] for each in found)
    print(Result("start a web process with all trades", 1000 * median["ours"], 1000 * median["limit"], "ms", GOAL, right, memory).line())
    return int(not right)


if __name__ == "__main__":
    sys.exit(main())

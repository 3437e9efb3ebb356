"""The commands of run.py, each one function; long work shows where it is."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.framework.commands import data, serving, supervisor


@dataclass(frozen=True)
class Command:
    """A subcommand: what it does in one line, its arguments, and the function that returns the exit status."""

    summary: str
    run: Callable[[Namespace], int]
    arguments: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = ()


ALL = {
    "up": Command("start everything: database, migrations, demo data, gateway, worker, web", supervisor.up),
    "serve": Command("serve the console and the API", serving.serve),
    "worker": Command("run the job worker and the scheduler", serving.worker),
    "gateway": Command("run the payment sandbox (loopback only)", serving.gateway),
    "migrate": Command("bring the database to the newest version", data.migrate),
    "sync-security": Command("write roles and permissions of the code into the database", data.sync_security),
    "demo": Command("fill an empty database with the demo town", data.demo),
    "wipe": Command("delete all data and start empty", data.wipe, ((("--yes",), {"action": "store_true", "help": "do not ask"}),)),
    "proofs": Command("check every proof of the ledger now", data.proofs),
    "create-admin": Command("create a platform administrator", data.create_admin, (
        (("username",), {"help": "sign-in name"}), (("--password",), {"help": "asked for when left out"}),
    )),
}

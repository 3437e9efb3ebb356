"""Commands about the data: migrate, sync, demo, wipe, proofs, create-admin."""

from __future__ import annotations

import getpass
import shutil
import sys
import time
from argparse import Namespace
from pathlib import Path

import flask_migrate
import psycopg
from flask import Flask
from psycopg import sql
from sqlalchemy import text

from app.core.actors import system
from app.core.clock import now
from app.core.errors import Refusal
from app.extensions import db
from app.framework.commands.opening import application, database, make
from app.framework.console import security
from app.framework.database import lock, save, transaction, unwaited_commits
from app.framework.embedded import Databases, conninfo, ensure_app_role
from app.framework.manifest import Manifest
from app.kernel.approvals.operations.demands import seed_demands
from app.kernel.commission.operations import seed_all
from app.kernel.ledger.proofs import report
from app.kernel.notices.operations import seed_templates
from app.kernel.parties.models import DemoRun
from app.kernel.parties.operations.sign_in import create_user

HALF_A_TOWN = "the demo data broke off half-way and cannot be continued: run `make wipe`, then start again"


def migrate(_: Namespace) -> int:
    """Upgrade to the newest revision, as the owner; make the application's role if there is none."""
    with database() as (settings, databases):
        ensure_app_role(databases.owner, settings["APP_PASSWORD"])
        upgrade(make(databases))
    return 0


def upgrade(app: Flask) -> None:
    """Run the migrations that are missing; in a database that came from another cluster, go on with the numbers of its transactions."""
    with app.app_context():
        flask_migrate.upgrade()
    with psycopg.connect(conninfo(app.config["MIGRATION_URL"])) as connection:
        connection.execute("SELECT baiye_rebase()")


def sync_security(_: Namespace) -> int:
    """Write roles, permissions, and the price list's defaults; return 0."""
    with application() as app:
        print(write_defaults(app))
    return 0


def write_defaults(app: Flask) -> dict[str, int]:
    """What the code declares is in the database: roles, permissions, default fees, demanded documents, templates of notices.

    Safe to run at each start; says what changed.
    """
    with app.app_context(), transaction(system("sync")):
        seed_all(app.extensions["manifests"], now=now())
        seed_demands(app.extensions["manifests"], now=now())
        seed_templates(app.extensions["manifests"], now=now())
        return security.sync()


def demo(_: Namespace) -> int:
    """Fill an empty database with the demo town; refuse a database that has merchants."""
    with application() as app:
        return fill(app)


def fill(app: Flask) -> int:
    """Run each manifest's demo in order, with its progress; 1 when the database is not empty or holds half a demo town.

    Parts commit one by one, so a marker stands from the first to the last: what breaks off in between is seen at the next start.
    """
    with app.app_context(), transaction(system("demo")):
        if db.session.execute(text("SELECT 1 FROM party_merchant LIMIT 1")).first() or db.session.get(DemoRun, 1):
            print(HALF_A_TOWN if is_half_filled() else "the database already has merchants: `make wipe` first", file=sys.stderr)
            return 1
        save(DemoRun(id=1, began_at=now()))
    try:
        with unwaited_commits():
            for manifest in app.extensions["manifests"]:
                _play(manifest, app)
        with app.app_context(), transaction(system("demo")):
            lock(DemoRun, 1).finished_at = now()
    except BaseException:
        print(HALF_A_TOWN, file=sys.stderr)
        raise
    return 0


def _play(manifest: Manifest, app: Flask) -> None:
    if manifest.demo:
        began = time.monotonic()
        print(f"  demo: {manifest.name} …", flush=True)
        manifest.demo(app)
        print(f"  demo: {manifest.name} {time.monotonic() - began:.1f} s", flush=True)


def is_half_filled() -> bool:
    """True when a demo was begun here and never finished. Inside a transaction."""
    run = db.session.get(DemoRun, 1)
    return run is not None and run.finished_at is None


def wipe(chosen: Namespace) -> int:
    """Drop everything in the database and migrate it afresh; uploaded files go, and what the sandbox remembers of payments that are no more."""
    if not chosen.yes and input("delete all data? type yes: ") != "yes":
        return 1
    with database() as (settings, databases):
        _drop_everything(databases)
        ensure_app_role(databases.owner, settings["APP_PASSWORD"])
        app = make(databases)
        upgrade(app)
        write_defaults(app)
        empty_folders(Path(settings["FILES_FOLDER"]), Path(settings["GATEWAY_FOLDER"]))
    print("empty")
    return 0


def empty_folders(files: Path, gateway: Path) -> None:
    """No uploaded file is left, and the sandbox has forgotten every payment; its keys and ours stay."""
    shutil.rmtree(files, ignore_errors=True)
    for store in gateway.glob("gateway.sqlite3*"):
        store.unlink()


def _drop_everything(databases: Databases) -> None:
    with psycopg.connect(conninfo(databases.owner), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute(sql.SQL("CREATE SCHEMA public"))


def proofs(_: Namespace) -> int:
    """Check every proof, print a line each; 1 when one fails."""
    with application() as app, app.app_context(), transaction(system("proofs")):
        return report(now())


def create_admin(chosen: Namespace) -> int:
    """Create a platform administrator, who enrols a second factor at the first sign-in."""
    password = chosen.password or getpass.getpass("password: ")
    try:
        with application() as app, app.app_context(), transaction(system("command line")):
            create_user(chosen.username, password, ["Admin"])
    except Refusal as refused:
        print(refused.in_language("en"), file=sys.stderr)
        return 1
    print(f"created {chosen.username}")
    return 0

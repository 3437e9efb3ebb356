"""The application on a PostgreSQL that may be killed; afterwards the ledger's proofs hold as after every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope
from app.kernel.ledger.proofs import assert_proofs_hold
from tests.faults.cluster import Cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server for the tests of a file."""
    folder = tmp_path_factory.mktemp("faults")
    for each in (folder, folder.parent, folder.parent.parent):
        each.chmod(0o755)
    made = Cluster(folder / "postgres")
    yield made
    made.stop()


@pytest.fixture
def app(cluster: Cluster) -> Iterator[Flask]:
    """The application on a fresh database of the cluster, in place of the one that all other tests share."""
    made = cluster.fresh()
    yield made
    with made.app_context():
        db.session.rollback()
        enter_scope(EVERYTHING)
        assert_proofs_hold()
        db.session.remove()
        db.engine.dispose()

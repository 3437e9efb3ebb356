"""Live updates: nothing is missed between a page and its stream, and a stream that hears no more ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from app.extensions import db
from app.framework.database import transaction
from app.framework.live import STREAMS_AT_MOST, Hub, announce
from tests.support.people import SETUP


@pytest.fixture
def hub(app: Flask) -> Hub:
    return Hub(app.config["SQLALCHEMY_DATABASE_URI"])


def tell(app: Flask, topic: str, **news: object) -> None:
    with app.app_context(), transaction(SETUP):
        announce(topic, **news)


def opened(hub: Hub, topic: str) -> Iterator[bytes]:
    stream = hub.stream(topic)
    assert stream is not None and next(stream) == b"retry: 3000\nevent: change\ndata: {}\n\n"
    return stream


def test_after_its_first_event_a_stream_hears_everything_of_its_topic(app: Flask, hub: Hub) -> None:
    stream = opened(hub, "shop:1")
    tell(app, "shop:2", order=1)
    tell(app, "shop:1", order=2)
    assert next(stream) == b'event: change\ndata: {"topic":"shop:1","order":2}\n\n'


def test_what_is_rolled_back_is_not_told(app: Flask, hub: Hub) -> None:
    stream = opened(hub, "shop:1")
    with app.app_context(), pytest.raises(ZeroDivisionError), transaction(SETUP):
        announce("shop:1", order=1)
        _ = 1 // 0
    tell(app, "shop:1", order=2)
    assert b'"order":2' in next(stream)


def test_when_the_listening_connection_is_lost_the_stream_ends_and_the_next_one_hears_again(app: Flask, hub: Hub) -> None:
    stream = opened(hub, "shop:1")
    with app.app_context(), transaction(SETUP):
        mine = "query = 'LISTEN baiye_live' AND datname = current_database()"
        ended = db.session.execute(text(f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {mine}"))
        assert ended.scalar_one() == 1
    assert list(stream) == [] and hub.subscribers == {}
    again = opened(hub, "shop:1")
    tell(app, "shop:1", order=3)
    assert b'"order":3' in next(again)


def test_a_stream_nobody_reads_takes_no_place_and_one_too_many_is_refused(app: Flask, hub: Hub) -> None:
    unread = [hub.stream("shop:1") for _ in range(STREAMS_AT_MOST + 1)]
    assert None not in unread
    streams = [opened(hub, f"shop:{number}") for number in range(STREAMS_AT_MOST)]
    assert hub.stream("shop:1") is None and list(unread[0] or ["refused"]) == []
    streams[0].close()  # type: ignore[attr-defined]
    assert opened(hub, "shop:1")


def test_without_a_database_a_stream_ends_at_once(app: Flask) -> None:
    stream = Hub("postgresql+psycopg://nobody@127.0.0.1:1/none").stream("shop:1")
    assert stream is not None and list(stream) == []


def test_a_stream_holds_no_connection_of_the_pool(app: Flask, hub: Hub) -> None:
    from tests.support.people import sign_in
    from tests.verticals.dining.world import restaurant

    place = restaurant(app)
    client = sign_in(app, place.house.members["Cashier"])
    answer = client.get("/dining/board/events", buffered=False)
    assert answer.status_code == 200 and next(answer.response).startswith(b"retry")  # type: ignore[call-overload]
    with app.app_context():
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    answer.close()

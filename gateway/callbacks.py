"""Callbacks: kept until the merchant has answered 200 or 204, tried again on the channel's own schedule.

Each try is signed anew and sealed anew; the notification's id stays. What is waiting survives a restart.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from gateway.clock import rfc3339
from gateway.context import Gateway
from gateway.faults import take_fault
from gateway.signing import sealed, signed_headers
from gateway.store import insert

EVENTS = {"TRANSACTION.SUCCESS": ("transaction", "支付成功"), "REFUND.SUCCESS": ("refund", "退款成功")}
RETRY_SECONDS = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
ANSWER_SECONDS = 5
LATE_SECONDS = 180
REORDER_SECONDS = 60
SENDERS = 4
AFTER_TROUBLE_SECONDS = 1.0


def enqueue_callback(
    house: Gateway,
    connection: sqlite3.Connection,
    event_type: str,
    subject: str,
    notify_url: str,
    resource: dict[str, Any],
) -> None:
    """A notification will reach `notify_url`, unless a fault was ordered. Set `house.wake` after the commit.

    `subject` is the number of the payment or refund it tells of.
    """
    fault = take_fault(connection, "callbacks")
    kind = fault["kind"] if fault is not None else None
    due_at = house.clock.wall()
    if fault is not None and kind == "late":
        due_at += house.clock.wait(LATE_SECONDS) if fault["seconds"] is None else fault["seconds"]
    if kind == "reorder":
        due_at += house.clock.wait(REORDER_SECONDS)
    insert(
        connection,
        "callback",
        id=str(uuid.uuid4()),
        event_type=event_type,
        subject=subject,
        notify_url=notify_url,
        resource=json.dumps(resource, ensure_ascii=False),
        created_at=house.clock.now(),
        fault=kind,
        state="LOST" if kind == "lost" else "WAITING",
        due_at=due_at,
    )


class Postman:
    """Sends what is due, a few at a time, so that one slow merchant does not hold up the others."""

    def __init__(self, house: Gateway) -> None:
        self._house = house
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="gateway-callback")
        self._under_way: set[str] = set()
        # Held while the store is read, so that no row is seen as it was before its last try.
        self._lock = threading.Lock()

    def send_due(self) -> float | None:
        """Start sending what is due; the wall time at which the next one will be, None if none waits."""
        with self._lock, self._house.store.reading() as connection:
            now = self._house.clock.wall()
            for callback in connection.execute(
                "SELECT * FROM callback WHERE state = 'WAITING' ORDER BY due_at LIMIT 200"
            ).fetchall():
                if callback["id"] in self._under_way:
                    continue
                if callback["due_at"] > now:
                    return float(callback["due_at"])
                self._under_way.add(callback["id"])
                self._senders.submit(self._send, callback)
        return None

    def stop(self) -> None:
        """Let those under way finish; the rest wait in the store."""
        self._senders.shutdown(wait=True, cancel_futures=True)

    def _send(self, callback: sqlite3.Row) -> None:
        try:
            status = self._try(callback, callback["fault"] if callback["tries"] == 0 else None)
            if callback["fault"] == "twice" and callback["tries"] == 0:
                status = self._try(callback, None)
            self._settle(callback, delivered=status in (200, 204))
        except sqlite3.Error as error:  # a full disk or a locked file passes; the try is repeated after a pause
            print(f"gateway: the store failed, trying again: {error}", file=sys.stderr)
            time.sleep(AFTER_TROUBLE_SECONDS)
        finally:
            with self._lock:
                self._under_way.discard(callback["id"])
            self._house.wake.set()

    def _try(self, callback: sqlite3.Row, fault: str | None) -> int | None:
        """Post it once and note what came back; None when nothing did."""
        house = self._house
        body = _letter(house, callback)
        headers = signed_headers(house.keys, body, fault) | {"Content-Type": "application/json"}
        started, status, problem = time.monotonic(), None, None
        try:
            status = _post(callback["notify_url"], body, headers)
        except (requests.RequestException, ValueError) as error:  # ValueError: an address nobody can post to
            problem = type(error).__name__
        milliseconds = int((time.monotonic() - started) * 1000)
        with house.store.writing() as connection:
            insert(
                connection,
                "callback_try",
                callback_id=callback["id"],
                number=callback["tries"] + 1,
                tried_at=house.clock.wall(),
                status=status,
                problem=problem,
                milliseconds=milliseconds,
            )
        return status

    def _settle(self, callback: sqlite3.Row, delivered: bool) -> None:
        """Delivered, or due again, or given up; a held-back callback may go as soon as another has been tried."""
        tries, now = callback["tries"] + 1, self._house.clock.wall()
        state, due_at = "DELIVERED", now
        if not delivered:
            state = "WAITING" if tries <= len(RETRY_SECONDS) else "GAVE_UP"
            due_at += self._house.clock.wait(RETRY_SECONDS[tries - 1]) if state == "WAITING" else 0
        with self._house.store.writing() as connection:
            connection.execute(
                "UPDATE callback SET state = ?, tries = ?, due_at = ? WHERE id = ?",
                (state, tries, due_at, callback["id"]),
            )
            connection.execute(
                "UPDATE callback SET due_at = ? WHERE fault = 'reorder' AND state = 'WAITING' AND tries = 0",
                (now,),
            )


def _post(notify_url: str, body: str, headers: dict[str, str]) -> int:
    with requests.Session() as session:
        session.trust_env = False  # a proxy of the environment would take loopback addresses elsewhere
        answer = session.post(
            notify_url, body.encode(), headers=headers, timeout=ANSWER_SECONDS, allow_redirects=False, stream=True
        )
        return int(answer.status_code)


def _letter(house: Gateway, callback: sqlite3.Row) -> str:
    original_type, summary = EVENTS[callback["event_type"]]
    return json.dumps(
        {
            "id": callback["id"],
            "create_time": rfc3339(callback["created_at"]),
            "event_type": callback["event_type"],
            "resource_type": "encrypt-resource",
            "summary": summary,
            "resource": sealed(house.keys, original_type, json.loads(callback["resource"])),
        },
        ensure_ascii=False,
    )

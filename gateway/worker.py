"""The one thread that lets time pass: completes refunds and moves transfers that are due, sends callbacks that are due."""

from __future__ import annotations

import sqlite3
import sys
import threading

from gateway.callbacks import AFTER_TROUBLE_SECONDS, Postman
from gateway.context import Gateway
from gateway.refunds import complete_due
from gateway.sharing import share_due
from gateway.sharing_returns import return_due
from gateway.transfers import move_due

LONGEST_SLEEP_SECONDS = 30.0


class Worker:
    """Runs from start() to stop(). It sleeps until something is due or the house is woken."""

    def __init__(self, house: Gateway) -> None:
        self._house = house
        self._postman = Postman(house)
        self._thread = threading.Thread(target=self._run, name="gateway-worker", daemon=True)

    def start(self) -> None:
        """Begin; what an earlier run left waiting is taken up first."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the tries under way have their answer or their time-out."""
        self._house.stopping.set()
        self._house.wake.set()
        self._thread.join()
        self._postman.stop()

    def _run(self) -> None:
        while not self._house.stopping.is_set():
            self._house.wake.wait(self._round())
            self._house.wake.clear()

    def _round(self) -> float:
        """Do what is due; seconds until there is more to do."""
        try:
            moves = (complete_due, move_due, share_due, return_due)
            due = [at for at in (*(move(self._house) for move in moves), self._postman.send_due()) if at is not None]
        except sqlite3.Error as error:  # a full disk or a locked file passes; the thread must outlive it
            print(f"gateway: the store failed, trying again: {error}", file=sys.stderr)
            return AFTER_TROUBLE_SECONDS
        return min([LONGEST_SLEEP_SECONDS, *(max(at - self._house.clock.wall(), 0.0) for at in due)])

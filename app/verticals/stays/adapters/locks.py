"""Smart locks: one interface, and the maker's service behind it. In the sandbox the gateway plays the maker."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import requests
from flask import current_app
from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal
from app.kernel.parties.channels.accounts import provider_key
from app.kernel.parties.channels.transport import session_for

TIMEOUT = 5.0  # seconds


class LockUnavailable(Refusal):
    """The maker's service did not take the call."""

    code = "stays.lock_unavailable"
    status = 503
    sentence = _l("门锁服务没有回应，会自动再试")


class Locks(Protocol):
    """What any maker can do."""

    def issue(self, lock_number: str, code: str, begins: datetime, ends: datetime, name: str) -> str:
        """The code opens the lock in that time; asking again under the same `name` changes nothing. Its reference. Raises LockUnavailable."""

    def revoke(self, lock_number: str, name: str) -> str:
        """The code of that name opens nothing any more, whether it ever did; its reference. Raises LockUnavailable."""


class HttpLocks:
    """Locks behind an HTTP service."""

    def __init__(self, base_url: str, key: str) -> None:
        self._base_url, self._key = base_url.rstrip("/"), key

    def issue(self, lock_number: str, code: str, begins: datetime, ends: datetime, name: str) -> str:
        """As `Locks` says."""
        body = {"code": code, "begins": begins.isoformat(), "ends": ends.isoformat()}
        return self._ask("PUT", f"/locks/{lock_number}/codes/{name}", body)

    def revoke(self, lock_number: str, name: str) -> str:
        """As `Locks` says."""
        return self._ask("DELETE", f"/locks/{lock_number}/codes/{name}", None)

    def _ask(self, method: str, path: str, body: dict[str, str] | None) -> str:
        try:
            with session_for(self._base_url) as session:
                answer = session.request(
                    method, f"{self._base_url}{path}", json=body, headers={"Authorization": f"Bearer {self._key}"}, timeout=TIMEOUT,
                )
                answer.raise_for_status()
                return str(answer.json()["reference"])
        except (requests.RequestException, KeyError, TypeError, ValueError) as error:
            raise LockUnavailable from error


def locks() -> Locks:
    """The locks of this installation."""
    return HttpLocks(current_app.config["LOCKS_URL"], provider_key(current_app))

"""Text messages through an SMS provider."""

from __future__ import annotations

import requests
from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal
from app.kernel.parties.channels.transport import session_for


class SmsUnavailable(Refusal):
    """The provider did not take the message."""

    code = "sms_unavailable"
    status = 503
    sentence = _l("短信没有发出去，过一会儿再试")


class Sms:
    """One account at the provider. Safe to share between threads."""

    def __init__(self, base_url: str, key: str, timeout_seconds: float = 5.0) -> None:
        self._base_url = base_url.rstrip("/")
        self._key = key
        self._timeout_seconds = timeout_seconds

    def send(self, phone: str, template: str, **params: str) -> str:
        """The provider has taken the message for `phone`; its message id. SmsUnavailable when it has not."""
        try:
            with session_for(self._base_url) as session:
                answer = session.post(
                    f"{self._base_url}/sms/send",
                    json={"phone": phone, "template": template, "params": params},
                    headers={"Authorization": f"Bearer {self._key}"},
                    timeout=self._timeout_seconds,
                )
                answer.raise_for_status()
                return str(answer.json()["message_id"])
        except (requests.RequestException, KeyError, TypeError) as error:
            raise SmsUnavailable from error

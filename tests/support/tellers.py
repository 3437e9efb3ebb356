"""Members of a merchant with a token, speaking to the API as an app of theirs does."""

from __future__ import annotations

from typing import Any

from flask import Flask

from tests.support.people import PASSWORD


class Teller:
    """A member who signed in over the API; `answer` is what sign-in said."""

    def __init__(self, app: Flask, username: str, **more: Any) -> None:
        self.client, self.username, self.count = app.test_client(), username, 0
        signed_in = self.client.post("/api/v1/members/sign-in", json={"username": username, "password": PASSWORD, **more})
        assert signed_in.status_code == 200, signed_in.json
        self.answer = signed_in.json
        self.token = self.answer["token"]

    def headers(self, key: str | None = None) -> dict[str, str]:
        """Authorization, and a fresh Idempotency-Key unless one is given."""
        self.count += 1
        return {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key or f"{self.username}-{self.count:06d}"}

    def get(self, path: str, **query: Any) -> Any:
        """GET under /api/v1; the answer."""
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self.headers())

    def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        """POST JSON under /api/v1; the answer."""
        return self.client.post(f"/api/v1{path}", json=body, headers=self.headers(key))

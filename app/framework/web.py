"""The request's edge: one transaction a request, committed when the answer is good and the request may write, rolled back otherwise."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response

from app.extensions import db
from app.framework.viewing import is_read_only, watch


class House(Flask):
    """A Flask that commits after the view and before the answer leaves, so a failing commit becomes an error answer."""

    def dispatch_request(self) -> Response:
        """Run the view unless a looking forbids it; commit on an answer below 400, roll back otherwise and on any exception."""
        try:
            watch()
            response = self.make_response(super().dispatch_request())
            self._settle(response)
        except BaseException:
            db.session.rollback()
            raise
        return response

    def handle_user_exception(self, e: Exception) -> Any:
        """Whatever a handler still reads, it reads from a clean transaction."""
        db.session.rollback()
        return super().handle_user_exception(e)

    @staticmethod
    def _settle(response: Response) -> None:
        if response.status_code < 400 and not is_read_only():
            db.session.commit()
        else:
            db.session.rollback()

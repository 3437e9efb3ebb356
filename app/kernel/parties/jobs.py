"""Jobs of parties: text messages out, old codes and sessions away."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy import delete

from app.core.actors import system
from app.core.clock import now
from app.framework.database import transaction
from app.framework.sealing import unseal
from app.kernel.parties.channels.accounts import sms
from app.kernel.parties.models import ConsoleSession, PhoneCode, SignInFailure


def send_text_message(phone_sealed: str, place: str, template: str, code: str) -> None:
    """Hand one message to the provider; the phone travels sealed, so the queue's table shows no number."""
    sms(current_app).send(unseal(phone_sealed, place), template, code=code)


def forget_old_sign_ins() -> None:
    """Delete ended sessions, spent codes, and failures older than a day."""
    moment = now()
    with transaction(system("clean-up")) as session:
        session.execute(delete(ConsoleSession).where(ConsoleSession.expires_at < moment))
        session.execute(delete(PhoneCode).where(PhoneCode.expires_at < moment - timedelta(days=1)))
        session.execute(delete(SignInFailure).where(SignInFailure.at < moment - timedelta(days=1)))

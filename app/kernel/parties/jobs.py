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
from app.kernel.parties.operations.viewing import close_overdue


def send_text_message(phone_sealed: str, place: str, template: str, code: str) -> None:
    """Hand one message to the provider; the phone travels sealed, so the queue's table shows no number."""
    sms(current_app).send(unseal(phone_sealed, place), template, code=code)


def send_invitation(phone_sealed: str, phone_place: str, link_sealed: str, link_place: str) -> None:
    """Hand the link of an invitation to the provider; phone and link travel sealed."""
    sms(current_app).send(unseal(phone_sealed, phone_place), "invitation", link=unseal(link_sealed, link_place))


def forget_old_sign_ins() -> None:
    """Delete ended sessions, spent codes, and failures older than a day; end the lookings that nobody came back to end."""
    moment = now()
    with transaction(system("clean-up")) as session:
        session.execute(delete(ConsoleSession).where(ConsoleSession.expires_at < moment))
        session.execute(delete(PhoneCode).where(PhoneCode.expires_at < moment - timedelta(days=1)))
        session.execute(delete(SignInFailure).where(SignInFailure.at < moment - timedelta(days=1)))
        close_overdue(moment)

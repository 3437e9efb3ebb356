"""Who is told that somebody wrote."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.conversations.models import Conversation
from app.kernel.parties.roles import FRONT

VARIABLES = (Variable("who", _l("谁写的"), _l("李婉清")), Variable("words", _l("写了什么"), _l("请问今天几点打烊？"), required=True))


def _to_merchant(conversation: Conversation, happening: Happening) -> Told | None:
    """Only the first of what is unread is told: the rest is seen with it."""
    if conversation.merchant_unread != 1:
        return None
    values = {"who": conversation.label, "words": conversation.last_words}
    roles = FRONT
    return Told("ConversationView.show", {"pk": conversation.id}, values, merchant_id=conversation.merchant_id, roles=roles)


def _to_customer(conversation: Conversation, happening: Happening) -> Told | None:
    if conversation.customer_unread != 1:
        return None
    values = {"who": happening.actor.name, "words": conversation.last_words}
    return Told("pages/chat", {"id": conversation.id}, values, conversation.merchant_id, customer_id=conversation.customer_id)


NOTICES = (
    NoticeKind(
        "conversations.asked", _l("顾客来问"), _l("商户的店主、店长、收银"), ("chat.customer_wrote",), _to_merchant, _l("{who}来问"), _l("{words}"), VARIABLES,
    ),
    NoticeKind(
        "conversations.answered", _l("商家回复了"), _l("来问的顾客"), ("chat.merchant_wrote",), _to_customer, _l("商家回复了你"), _l("{words}"), VARIABLES,
        customers=True,
    ),
)

"""How changes of a wallet are called."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

MOVES = {"wallet_topped_up": _l("储值"), "order_paid": _l("付款"), "refunded_to_wallet": _l("退款"), "wallet_given_back": _l("退还余额")}

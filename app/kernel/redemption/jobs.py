"""The clock of redemption: redemptions that stand are completed, vouchers whose time is over give back, and their owners are told before."""

from __future__ import annotations

from app.core.actors import system
from app.core.clock import now
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import transaction
from app.framework.events import publish
from app.framework.flow import move
from app.framework.settings import value_of
from app.kernel.redemption.models import Redemption
from app.kernel.redemption.operations.refunding import expire
from app.kernel.redemption.queries import due_redemptions, ending_vouchers, over_vouchers

CLOCK = system("clock")
BATCH = 200


def complete_redemptions() -> int:
    """Redemptions whose minutes are over: their money is shared out, each in a transaction of its own; return how many."""
    moment, done = now(), 0
    with transaction(CLOCK):
        keys = list(due_redemptions(moment, BATCH))
    for key in keys:
        try:
            with transaction(CLOCK):
                move(db.session.get_one(Redemption, key), "complete", actor=CLOCK, now=moment)
                done += 1
        except Refusal:
            continue  # a manager was faster; whatever else it is, the next run meets it again and the list shows it
    return done


def expire_vouchers() -> int:
    """Vouchers whose time is over are refunded, each in a transaction of its own, so that a run that breaks off goes on where it was; return how many."""
    moment, done, stuck = now(), 0, set[int]()
    while True:
        with transaction(CLOCK):
            keys = list(over_vouchers(moment, BATCH, stuck))
        for key in keys:
            try:
                with transaction(CLOCK):
                    done += expire(key, now=moment)
            except Refusal:
                stuck.add(key)  # the next voucher still goes back; this one stands in the list as live and past its time
        if len(keys) < BATCH:
            return done


def warn_of_ends() -> int:
    """Owners of vouchers that end within the days of the setting are told, once; return how many vouchers."""
    moment, told = now(), 0
    while True:
        with transaction(CLOCK):
            vouchers = list(ending_vouchers(moment, value_of("redemption.warn_days"), BATCH))
            for voucher in vouchers:
                voucher.warned_at = moment
                publish("happened", act="redeem_voucher.ends_soon", record=voucher, reason="", actor=CLOCK, now=moment)
        told += len(vouchers)
        if len(vouchers) < BATCH:
            return told

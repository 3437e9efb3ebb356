"""What couriers are told."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.fulfilment.models import COURIER, Job

VARIABLES = (Variable("label", _l("取餐号"), "A086", required=True), Variable("pay", _l("配送费"), "¥4.25"))


def _told(job: Job, **whom: Any) -> Told:
    return Told("DeliveryPage.index", values={"label": job.label_text, "pay": yuan(job.pay)}, merchant_id=job.merchant_id, **whom)


def _to_all(job: Job, happening: Happening) -> Told:
    return _told(job, roles=COURIER)


def _to_the_courier(job: Job, happening: Happening) -> Told:
    return _told(job, user_id=job.courier_id)


NOTICES = (
    NoticeKind(
        "fulfilment.waiting", _l("有单等人送"), _l("店里的配送员"), ("fulfil_job.asked", "fulfil_job.give_back"), _to_all, _l("{label} 等人送"),
        _l("打开“配送”接单。"), VARIABLES,
    ),
    NoticeKind(
        "fulfilment.assigned", _l("派给你一单"), _l("被派到的配送员"), ("fulfil_job.assign", "fulfil_job.reassign", "fulfil_job.hand_on"), _to_the_courier,
        _l("{label} 派给你送"), _l("送到后你得 {pay}。"), VARIABLES,
    ),
)

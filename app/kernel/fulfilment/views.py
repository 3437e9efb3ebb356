"""配送: what a courier may take, has, and earned; for the front, who is where and who goes next. One page, made for a phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import NotFound
from app.framework.console.links import order_link
from app.framework.console.page import Page, expose, page_access
from app.framework.live import hub
from app.framework.settings import value_of
from app.kernel.fulfilment.models import JOB_FLOW, Job
from app.kernel.fulfilment.operations.assigning import deliver_itself, send_with
from app.kernel.fulfilment.operations.carrying import step
from app.kernel.fulfilment.queries import couriers_of, done_jobs, earnings_of, held_jobs, live_jobs, waiting_jobs
from app.kernel.parties.models import Membership


@dataclass(frozen=True)
class Crew:
    """A courier and what he has in hand."""

    member: Membership
    jobs: list[Job]


class DeliveryPage(Page):
    """`/delivery`: jobs of the merchant."""

    name = "fulfilment.delivery"
    route_base = "/delivery"
    title = _l("配送")
    icon = "truck"
    words = {
        "index": _l("查看配送"), "take": _l("接单"), "give_back": _l("退回"), "pick_up": _l("已取餐"), "deliver": _l("已送达"),
        "send": _l("派单、改派、自己送"),
    }

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """A courier's own jobs and what waits; for the front everybody's."""
        merchant = self._merchant()
        if self.may("take"):
            me = self.actor.id or 0
            return self.render(
                "fulfilment/courier.html", waiting=waiting_jobs(merchant), held=held_jobs(me, merchant), done=done_jobs(me, merchant),
                earnings=earnings_of(me), most=value_of("fulfilment.most_jobs"), flow=JOB_FLOW,
            )
        jobs = live_jobs(merchant)
        crew = [Crew(member, [job for job in jobs if job.courier_id == member.user_id]) for member in couriers_of(merchant)]
        return self.render(
            "fulfilment/front.html", jobs=jobs, crew=crew, sends=self.may("send"), flow=JOB_FLOW, order_link=order_link,
        )

    @expose("/events")
    @page_access("can_index")
    def events(self) -> Response:
        """Server-sent events: a `change` for each order and job that moves; 503 when there are too many watchers, then the page polls."""
        stream = hub().stream(f"merchant:{self._merchant()}:orders")
        if stream is None:
            return Response("busy\n", 503, mimetype="text/plain", headers={"Retry-After": "5"})
        return Response(stream, mimetype="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    @expose("/<int:pk>/take", methods=["POST"])
    @page_access("can_take")
    def take(self, pk: int) -> Response:
        """The job is the courier's."""
        return self._did(self._step(pk, "take"), _("接到了，去店里取"))

    @expose("/<int:pk>/give-back", methods=["POST"])
    @page_access("can_give_back")
    def give_back(self, pk: int) -> Response:
        """Somebody else may have it."""
        return self._did(self._step(pk, "give_back"), _("已退回，别人可以接"))

    @expose("/<int:pk>/pick-up", methods=["POST"])
    @page_access("can_pick_up")
    def pick_up(self, pk: int) -> Response:
        """The courier has the bag."""
        return self._did(self._step(pk, "pick_up"), _("路上小心"))

    @expose("/<int:pk>/deliver", methods=["POST"])
    @page_access("can_deliver")
    def deliver(self, pk: int) -> Response:
        """The customer said the code."""
        return self._did(self._step(pk, "deliver", code=request.form.get("code", "").strip()), _("送到了，配送费已记账"))

    @expose("/<int:pk>/send", methods=["POST"])
    @page_access("can_send")
    def send(self, pk: int) -> Response:
        """The front sends a courier, or (`courier` empty) delivers itself."""
        chosen = request.form.get("courier", type=int)
        if chosen is None:
            return self._did(deliver_itself(pk, actor=self.actor, now=clock.now()), _("这一单店里自己送"))
        job = send_with(pk, chosen, actor=self.actor, now=clock.now())
        return self._did(job, _("派给%(courier)s了", courier=job.courier_name))

    def _step(self, pk: int, name: str, **answers: Any) -> Job:
        return step(pk, name, actor=self.actor, now=clock.now(), **answers)

    def _did(self, job: Job, sentence: str) -> Response:
        return self.done(f"{job.label_text}：{sentence}", f"{self.endpoint}.index")

    def _merchant(self) -> int:
        if self.actor.merchant_id is None:
            raise NotFound
        return self.actor.merchant_id

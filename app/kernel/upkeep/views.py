"""The jobs page and the health page."""

from __future__ import annotations

from datetime import datetime

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import Invalid, NotFound, Refusal
from app.framework.console.page import Page, expose, page_access
from app.framework.console.refused import take_back
from app.framework.queue import REGISTRY
from app.kernel.upkeep.cron_words import in_words
from app.kernel.upkeep.guide import steps
from app.kernel.upkeep.operations import change_schedule, next_times, pause_job, resume_job, retry_run, run_job
from app.kernel.upkeep.queries import JobState, job_states, runs_of, schedule_changes, vitals
from app.kernel.upkeep.rules import findings_of

STATES = {
    "todo": (_l("排队"), "wait"), "doing": (_l("在跑"), "run"), "succeeded": (_l("完成"), "ok"), "failed": (_l("失败"), "bad"),
    "cancelled": (_l("已取消"), ""), "aborted": (_l("已中止"), ""),
}


class JobsPage(Page):
    """`/jobs`: what runs by itself and when, how it went, and the three things one may do about it."""

    name = "upkeep.jobs"
    route_base = "/jobs"
    title = _l("后台任务")
    icon = "gear"
    words = {"index": _l("查看任务"), "run": _l("立即运行和重跑"), "pause": _l("暂停、恢复和修改定时")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Every job with its schedule and counts."""
        return self.render("upkeep/jobs.html", jobs=job_states(clock.now()), in_words=in_words)

    @expose("/<name>")
    @page_access("can_index")
    def show(self, name: str) -> Response:
        """The latest runs of one job."""
        state = next((each for each in job_states(clock.now()) if each.job.name == name), None)
        if state is None:
            raise NotFound
        return self.render(
            "upkeep/job.html", state=state, in_words=in_words, runs=runs_of(name), states=STATES, changes=schedule_changes(name),
            page_title=str(state.job.title),
        )

    @expose("/<name>/schedule", methods=["GET", "POST"])
    @page_access("can_pause")
    def schedule(self, name: str) -> Response:
        """Another cron expression: the form, the next five times, then the change."""
        state = next((each for each in job_states(clock.now()) if each.job.name == name and each.job.schedule), None)
        if state is None:
            raise NotFound
        if request.method == "GET":
            return self._schedule_page(state, request.args.get("cron", state.cron)[:80])
        cron, reason = request.form.get("cron", "").strip()[:80], request.form.get("reason", "").strip()[:200]
        try:
            times = next_times(cron, clock.now())
            if not reason:
                raise Invalid(errors=[{"field": "reason", "code": "required", "message": str(_("写明原因"))}])
            if request.form.get("confirmed") != cron:
                return self._schedule_page(state, cron, reason, times=times)
            job = change_schedule(name, cron, reason=reason, seen=request.form.get("seen"), actor=self.actor, now=clock.now())
        except Refusal as refusal:
            take_back(refusal)
            return self._schedule_page(state, cron, reason, refusal=refusal)
        return self.done(_("%(job)s：定时已改，一分钟内生效", job=job.title), "JobsPage.show", name=name)

    def _schedule_page(
        self, state: JobState, cron: str, reason: str = "", times: list[datetime] | None = None, refusal: Refusal | None = None,
    ) -> Response:
        errors = {each["field"]: each["message"] for each in refusal.errors} if refusal else {}
        if refusal and not errors:
            errors[refusal.field or "cron"] = str(refusal)
        return self.render(
            "upkeep/schedule.html", refusal.status if refusal else 200, state=state, in_words=in_words, cron=cron, reason=reason, times=times, errors=errors,
            page_title=_("修改定时 · %(job)s", job=state.job.title),
        )

    @expose("/<name>/run", methods=["POST"])
    @page_access("can_run")
    def run(self, name: str) -> Response:
        """One run at once."""
        job = run_job(name, actor=self.actor, now=clock.now())
        return self.done(_("%(job)s：已排队", job=job.title), "JobsPage.show", name=name)

    @expose("/<name>/pause", methods=["POST"])
    @page_access("can_pause")
    def pause(self, name: str) -> Response:
        """Hold the schedule, with the reason."""
        reason = request.form.get("reason", "").strip()[:200]
        if not reason:
            raise Invalid(errors=[{"field": "reason", "code": "required", "message": str(_("写明为什么暂停"))}])
        job = pause_job(name, actor=self.actor, now=clock.now(), reason=reason)
        return self.done(_("%(job)s：定时已暂停", job=job.title), "JobsPage.show", name=name)

    @expose("/<name>/resume", methods=["POST"])
    @page_access("can_pause")
    def resume(self, name: str) -> Response:
        """Let the schedule fire again."""
        job = resume_job(name, actor=self.actor, now=clock.now())
        return self.done(_("%(job)s：定时已恢复", job=job.title), "JobsPage.show", name=name)

    @expose("/runs/<int:pk>/retry", methods=["POST"])
    @page_access("can_run")
    def retry(self, pk: int) -> Response:
        """A failed run once more."""
        name = retry_run(pk, actor=self.actor, now=clock.now())
        return self.done(_("%(job)s：已重新排队", job=REGISTRY[name].title), "JobsPage.show", name=name)


class HealthPage(Page):
    """`/health`: is everything running, and what to do when it is not."""

    name = "upkeep.health"
    route_base = "/health"
    title = _l("运行状况")
    icon = "check"
    words = {"index": _l("查看运行状况")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Every vital sign, judged."""
        now = clock.now()
        return self.render("upkeep/health.html", findings=findings_of(vitals(now), now), now=now)


class GuidePage(Page):
    """`/guide`: from an empty platform to its first paid order."""

    name = "upkeep.guide"
    route_base = "/guide"
    title = _l("开张指南")
    icon = "book"
    words = {"index": _l("查看开张指南")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The steps, done and to do."""
        found = steps()
        return self.render("upkeep/guide.html", steps=found, done=sum(step.done for step in found))

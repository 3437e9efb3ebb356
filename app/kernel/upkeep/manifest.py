"""What upkeep brings: the jobs page, the health page, the guide for a new platform."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.kernel.upkeep.home import GuideCard
from app.kernel.upkeep.jobs import rescue_stalled
from app.kernel.upkeep.queries import failed_runs
from app.kernel.upkeep.views import GuidePage, HealthPage, JobsPage

GROUP = _l("平台")

manifest = Manifest(
    name="upkeep",
    title=_l("运行"),
    order=95,
    views=(JobsPage, HealthPage, GuidePage),
    grants=(
        Grant("Operator", "upkeep.jobs", ("index", "run")),
        Grant("Operator", "upkeep.health", ("index",)),
        Grant("Finance", "upkeep.jobs", ("index",)),
    ),
    home=(GuideCard,),
    menu=(
        MenuItem("upkeep.jobs", "JobsPage.index", _l("后台任务"), "gear", GROUP, 450, badge=failed_runs),
        MenuItem("upkeep.health", "HealthPage.index", _l("运行状况"), "check", GROUP, 455),
        MenuItem("upkeep.guide", "GuidePage.index", _l("开张指南"), "book", GROUP, 460),
    ),
    jobs=(Job("rescue_stalled", _l("捡回中断的任务"), rescue_stalled, schedule="*/3 * * * *"),),
    fields={"schedule_change.cron": Column("cron", _l("定时（cron）"))},
    words={
        "job.run": _l("立即运行任务"), "job.paused": _l("暂停定时"), "job.resumed": _l("恢复定时"), "job.retried": _l("重跑任务"),
        "job.rescheduled": _l("修改定时"),
    },
)

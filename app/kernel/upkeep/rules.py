"""What is healthy: each vital sign judged, with what to do when it is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from flask_babel import lazy_gettext as _l

from app.kernel.upkeep.queries import Vitals

GIB = 2**30
SILENT, LATE, UNSEALED = timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=45)


@dataclass(frozen=True)
class Finding:
    """A vital sign: what it is, how it stands, ok / wait / bad, and what to do unless it is well."""

    label: Any
    value: Any
    tone: Literal["ok", "wait", "bad"]
    advice: Any = ""


def findings_of(seen: Vitals, now: datetime) -> list[Finding]:
    """Every vital sign, in the order in which trouble spreads: database, disk, worker, queue, clock, audit."""
    return [
        Finding(_l("数据库"), f"PostgreSQL {seen.database.split()[0]} · {seen.bytes / GIB:.2f} GiB · {seen.revision}", "ok"),
        _disk(seen), _worker(seen, now), _queue(seen, now), _failures(seen), _clock(seen, now), _audit(seen, now),
    ]


def _disk(seen: Vitals) -> Finding:
    tone: Literal["ok", "wait", "bad"] = "bad" if seen.disk_free < GIB else ("wait" if seen.disk_free < 5 * GIB else "ok")
    return Finding(_l("磁盘剩余"), f"{seen.disk_free / GIB:.1f} GiB", tone, "" if tone == "ok" else _l("清理旧备份和导出文件，或扩容"))


def _worker(seen: Vitals, now: datetime) -> Finding:
    if seen.workers:
        return Finding(_l("任务进程"), _l("%(count)s 个在运行", count=seen.workers), "ok")
    return Finding(_l("任务进程"), _l("没有在运行的"), "bad", _l("启动 python run.py worker；在此之前退款、通知、定时任务都会等着"))


def _queue(seen: Vitals, now: datetime) -> Finding:
    late = seen.oldest is not None and now - seen.oldest > LATE
    return Finding(
        _l("排队任务"), _l("%(count)s 个到点的", count=seen.waiting), "wait" if late else "ok", _l("最早的已等 5 分钟以上；多开一个任务进程") if late else "",
    )


def _failures(seen: Vitals) -> Finding:
    return Finding(
        _l("失败任务"), _l("%(count)s 个", count=seen.failed), "bad" if seen.failed else "ok", _l("在任务页看原因，修好后重跑") if seen.failed else "",
    )


def _clock(seen: Vitals, now: datetime) -> Finding:
    fired = seen.fired is not None and now - seen.fired <= LATE + SILENT
    return Finding(_l("定时"), _l("正常") if fired else _l("最近没有触发"), "ok" if fired else "bad", "" if fired else _l("定时由任务进程带着走；看它的日志"))


def _audit(seen: Vitals, now: datetime) -> Finding:
    fresh = seen.sealed is not None and now - seen.sealed <= UNSEALED
    return Finding(_l("审计封存"), _l("最近已封存") if fresh else _l("45 分钟没有封存"), "ok" if fresh else "wait", "" if fresh else _l("看任务“封存审计记录”"))

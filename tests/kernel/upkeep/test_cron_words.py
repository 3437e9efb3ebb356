"""A schedule is said as people say it, and a run that went well stays to be seen."""

from __future__ import annotations

import pytest
from flask import Flask

from app.framework.queue import build_worker
from app.kernel.upkeep.cron_words import in_words
from tests.support.people import staff


@pytest.mark.parametrize(("cron", "words"), [
    ("* * * * *", "每分钟"), ("*/10 * * * *", "每 10 分钟"), ("7 * * * *", "每小时第 7 分"), ("30 2 * * *", "每天 02:30"), ("20 3 1 * *", "每月 1 日 03:20"),
    ("0 9 * * mon", "0 9 * * mon"), ("0 9 1 1 *", "0 9 1 1 *"), ("0,30 * * * *", "0,30 * * * *"), ("0 8-18 * * *", "0 8-18 * * *"), ("every day", "every day"),
])
def test_a_cron_expression_in_words(application: Flask, cron: str, words: str) -> None:
    with application.test_request_context():
        assert in_words(cron) == words


def test_a_run_that_went_well_stays_on_the_jobs_page(app: Flask) -> None:
    admin, name = staff(app, "Admin"), "seal_audit"
    before = admin.get(f"/jobs/{name}").get_data(as_text=True)
    assert "每 10 分钟" in before and "上次完成" not in before and "没有排队、在跑或失败的" in before
    build_worker(app, "").tasks[name]()
    page = admin.get(f"/jobs/{name}").get_data(as_text=True)
    assert "上次完成" in page and "秒</dd>" in page

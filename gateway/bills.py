"""Trade bill, fund bill, and sharing bill of a day in the channel's format: CSV, a backtick before each field, yuan, a summary below.

A day has a bill once it is over, for about three months. A day without movement has none: NO_STATEMENT_EXIST.
"""

from __future__ import annotations

import gzip
import hashlib
import secrets
import sqlite3
from collections.abc import Sequence
from datetime import date

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from gateway.bill_rows import (
    FUND_COLUMNS,
    TRADE_COLUMNS,
    fund_rows,
    fund_summary,
    trade_rows,
    trade_summary,
)
from gateway.clock import day_of
from gateway.context import gateway
from gateway.refusals import Refused, wrong_parameter, wrong_request
from gateway.sharing_bill import SHARING_COLUMNS, sharing_rows, sharing_summary
from gateway.store import insert

KEPT_DAYS = 92
LINK_SECONDS = 300
ACCOUNTS = ("BASIC", "OPERATION", "FEES")

blueprint = Blueprint("bills", __name__)


@blueprint.get("/v3/bill/tradebill")
def ask_trade_bill() -> ResponseReturnValue:
    """A link to the trade bill of `bill_date`; `bill_type` ALL, SUCCESS, or REFUND."""
    kind, day = request.args.get("bill_type", "ALL"), _read_day()
    if kind not in TRADE_COLUMNS:
        raise wrong_parameter("bill_type", f"可选：{'、'.join(TRADE_COLUMNS)}")
    with gateway().store.reading() as connection:
        rows = trade_rows(gateway(), connection, day, kind)
    return _link(rows and bill_text(TRADE_COLUMNS[kind], rows, trade_summary(rows, kind)))


@blueprint.get("/v3/bill/fundflowbill")
def ask_fund_bill() -> ResponseReturnValue:
    """A link to the fund bill of `bill_date`; money moves in the account BASIC alone."""
    account, day = request.args.get("account_type", "BASIC"), _read_day()
    if account not in ACCOUNTS:
        raise wrong_parameter("account_type", f"可选：{'、'.join(ACCOUNTS)}")
    with gateway().store.reading() as connection:
        rows = fund_rows(gateway(), connection, day) if account == "BASIC" else []
    return _link(rows and bill_text(FUND_COLUMNS, rows, fund_summary(rows)))


@blueprint.get("/v3/profitsharing/bills")
def ask_sharing_bill() -> ResponseReturnValue:
    """A link to the sharing bill of `bill_date`, of `sub_mchid` or of all sub-merchants."""
    day = _read_day()
    with gateway().store.reading() as connection:
        rows = sharing_rows(gateway(), connection, day, request.args.get("sub_mchid"))
    return _link(rows and bill_text(SHARING_COLUMNS, rows, sharing_summary(rows)))


@blueprint.get("/v3/billdownload/file")
def download() -> ResponseReturnValue:
    """The file of a link, within five minutes of asking."""
    with gateway().store.reading() as connection:
        row: sqlite3.Row | None = connection.execute(
            "SELECT content FROM bill_file WHERE token = ? AND expires_at > ?",
            (request.args.get("token", ""), gateway().clock.wall()),
        ).fetchone()
    if row is None:
        raise wrong_request("下载链接已过期，重新申请账单")
    return Response(row["content"], mimetype="application/octet-stream")


def bill_text(columns: Sequence[str], rows: Sequence[dict[str, str]], summary: dict[str, str]) -> bytes:
    """Heads, rows, heads of the summary, the summary."""
    lines = [",".join(columns)]
    lines += [",".join(f"`{row[column]}" for column in columns) for row in rows]
    lines += [",".join(summary), ",".join(f"`{value}" for value in summary.values())]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _read_day() -> date:
    """`bill_date`, a day that is over and not too long ago."""
    try:
        day = date.fromisoformat(request.args.get("bill_date", ""))
    except ValueError as error:
        raise wrong_parameter("bill_date", "格式为 yyyy-MM-dd") from error
    today = day_of(gateway().clock.now())
    if day >= today:
        raise Refused(400, "STATEMENT_CREATING", "账单生成中，次日 10 点后再来取")
    if (today - day).days > KEPT_DAYS:
        raise wrong_request("只能下载三个月内的账单")
    return day


def _link(content: bytes | Sequence[object]) -> ResponseReturnValue:
    """Keep the file as it is at this moment and tell where it is; the hash is of the file before compression."""
    if not isinstance(content, bytes):
        raise Refused(400, "NO_STATEMENT_EXIST", "请求的账单文件不存在")
    compress, token, now = request.args.get("tar_type") == "GZIP", secrets.token_urlsafe(32), gateway().clock.wall()
    with gateway().store.writing() as connection:
        connection.execute("DELETE FROM bill_file WHERE expires_at <= ?", (now,))
        file = gzip.compress(content) if compress else content
        insert(connection, "bill_file", token=token, content=file, expires_at=now + LINK_SECONDS)
    return {
        "hash_type": "SHA1",
        "hash_value": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        "download_url": f"{request.host_url}v3/billdownload/file?token={token}",
    }

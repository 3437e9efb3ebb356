"""Who may be given a part of a sub-merchant's payments (分账接收方), and how much of each payment at most.

Names are sent encrypted with the channel's public key (RSA-OAEP) and are compared when a share names one.
"""

from __future__ import annotations

import sqlite3
from base64 import b64decode
from binascii import Error as NotBase64
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import SHA1
from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gateway.context import Gateway, gateway
from gateway.parameters import SUB_MERCHANT, read_number, read_object, read_text
from gateway.refusals import Refused, wrong_parameter
from gateway.store import insert

KINDS = ("MERCHANT_ID", "PERSONAL_OPENID", "PERSONAL_SUB_OPENID")
RELATIONS = (
    "SERVICE_PROVIDER", "STORE", "STAFF", "STORE_OWNER", "PARTNER", "HEADQUARTER", "BRAND", "DISTRIBUTOR", "USER", "SUPPLIER", "CUSTOM",
)
USUAL_RATIO = 3_000  # of ten thousand

blueprint = Blueprint("receivers", __name__)


@blueprint.post("/v3/profitsharing/receivers/add")
def add_receiver() -> ResponseReturnValue:
    """The account may be given parts of the sub-merchant's payments; adding it twice is adding it once."""
    house, params = gateway(), read_object(request.get_data())
    sub_mchid, kind, account = _read_account(params)
    relation = read_text(params, "relation_type", 32)
    if relation not in RELATIONS:
        raise wrong_parameter("relation_type", f"可选：{'、'.join(RELATIONS)}")
    if relation == "CUSTOM":
        read_text(params, "custom_relation", 10)
    name = read_name(house, params)
    if kind == "MERCHANT_ID" and name is None:
        raise wrong_parameter("name", "接收方是商户时，要有商户全称")
    with house.store.writing() as connection:
        connection.execute("DELETE FROM receiver WHERE (sub_mchid, type, account) = (?, ?, ?)", (sub_mchid, kind, account))
        insert(connection, "receiver", sub_mchid=sub_mchid, type=kind, account=account, name=name, relation=relation, added_at=house.clock.now())
    return {"sub_mchid": sub_mchid, "type": kind, "account": account, "relation_type": relation}


@blueprint.post("/v3/profitsharing/receivers/delete")
def delete_receiver() -> ResponseReturnValue:
    """The account gets no more; what it has stays with it."""
    sub_mchid, kind, account = _read_account(read_object(request.get_data()))
    with gateway().store.writing() as connection:
        connection.execute("DELETE FROM receiver WHERE (sub_mchid, type, account) = (?, ?, ?)", (sub_mchid, kind, account))
    return {"sub_mchid": sub_mchid, "type": kind, "account": account}


@blueprint.get("/v3/profitsharing/merchant-configs/<sub_mchid>")
def query_ratio(sub_mchid: str) -> ResponseReturnValue:
    """How much of a payment may be shared at most, of ten thousand."""
    with gateway().store.reading() as connection:
        return {"sub_mchid": sub_mchid, "max_ratio": ratio_of(connection, sub_mchid)}


@blueprint.put("/sandbox/sharing/ratios/<sub_mchid>")
def set_ratio(sub_mchid: str) -> ResponseReturnValue:
    """`{"max_ratio": 2000}`: what the sub-merchant has agreed on with the channel."""
    ratio = read_object(request.get_data()).get("max_ratio")
    if type(ratio) is not int or not 0 <= ratio <= 10_000:
        raise wrong_parameter("max_ratio", "要是 0 到 10000 的整数，单位为万分之一")
    with gateway().store.writing() as connection:
        connection.execute("INSERT OR REPLACE INTO sharing_ratio (sub_mchid, max_ratio) VALUES (?, ?)", (sub_mchid, ratio))
    return {"sub_mchid": sub_mchid, "max_ratio": ratio}


def ratio_of(connection: sqlite3.Connection, sub_mchid: str) -> int:
    """The sub-merchant's own ratio, or the usual 30 %."""
    row = connection.execute("SELECT max_ratio FROM sharing_ratio WHERE sub_mchid = ?", (sub_mchid,)).fetchone()
    return USUAL_RATIO if row is None else int(row["max_ratio"])


def receiver_of(connection: sqlite3.Connection, sub_mchid: str, kind: str, account: str) -> sqlite3.Row | None:
    """The receiver as it was added."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM receiver WHERE (sub_mchid, type, account) = (?, ?, ?)", (sub_mchid, kind, account)
    ).fetchone()
    return row


def read_name(house: Gateway, params: dict[str, Any]) -> str | None:
    """A name that came encrypted, in the clear; None for none, 400 PARAM_ERROR for one that is not sealed with our key."""
    value = params.get("name")
    if value is None:
        return None
    if request.headers.get("Wechatpay-Serial") != house.keys.platform_public_key_id:
        raise wrong_parameter("Wechatpay-Serial", "要说明用哪把公钥加密")
    try:
        sealed = b64decode(value, validate=True)
        return house.keys.platform_private_key.decrypt(sealed, OAEP(MGF1(SHA1()), SHA1(), None)).decode()  # noqa: S303 -- the channel's own scheme
    except (TypeError, ValueError, NotBase64) as error:
        raise wrong_parameter("name", "要用微信支付公钥加密") from error


def _read_account(params: dict[str, Any]) -> tuple[str, str, str]:
    kind = params.get("type")
    if kind not in KINDS:
        raise wrong_parameter("type", f"可选：{'、'.join(KINDS)}")
    if kind == "PERSONAL_OPENID" and params.get("appid") != gateway().keys.appid:
        raise Refused(400, "APPID_MCHID_NOT_MATCH", "appid 和 mchid 不匹配")
    return read_number(params, "sub_mchid", SUB_MERCHANT), str(kind), read_text(params, "account", 64)

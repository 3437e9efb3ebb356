"""Signatures of API v3: the merchant's are checked, the channel's are made; resources of callbacks are sealed.

Scheme `WECHATPAY2-SHA256-RSA2048`; the channel is known by its public key id.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.keys import Keys
from gateway.refusals import Refused

SCHEME = "WECHATPAY2-SHA256-RSA2048"
WINDOW_SECONDS = 300
PROBE = "WECHATPAY/SIGNTEST/"
FIELDS = re.compile(r'(\w+)="([^"]*)"')


def check_request(keys: Keys, method: str, path: str, body: bytes, authorization: str) -> None:
    """401 SIGN_ERROR unless the merchant signed exactly this request within the last five minutes."""
    scheme, _, rest = authorization.partition(" ")
    fields = dict(FIELDS.findall(rest))
    if scheme != SCHEME or not {"mchid", "nonce_str", "signature", "timestamp", "serial_no"} <= fields.keys():
        raise _sign_error("Authorization 不完整")
    if fields["mchid"] != keys.merchant_id or fields["serial_no"] != keys.merchant_serial:
        raise _sign_error("商户号与证书序列号不匹配")
    if not fields["timestamp"].isdigit() or abs(time.time() - int(fields["timestamp"])) > WINDOW_SECONDS:
        raise _sign_error("时间戳超出五分钟")
    message = b"\n".join(
        [method.encode(), path.encode(), fields["timestamp"].encode(), fields["nonce_str"].encode(), body, b""]
    )
    try:
        keys.merchant_public_key.verify(b64decode(fields["signature"], validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, NotBase64) as error:
        raise _sign_error("签名验证失败") from error


def _sign_error(reason: str) -> Refused:
    return Refused(401, "SIGN_ERROR", reason)


def signed_headers(keys: Keys, body: str, fault: str | None = None) -> dict[str, str]:
    """The headers that prove `body` comes from the channel; `fault` wrong_key or signtest makes them prove nothing."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    key = _stranger() if fault == "wrong_key" else keys.platform_private_key
    signature = b64encode(key.sign(f"{timestamp}\n{nonce}\n{body}\n".encode(), PKCS1v15(), SHA256())).decode()
    return {
        "Wechatpay-Serial": keys.platform_public_key_id,
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature-Type": SCHEME,
        "Wechatpay-Signature": PROBE + signature[len(PROBE) :] if fault == "signtest" else signature,
    }


def sealed(keys: Keys, original_type: str, resource: dict[str, Any]) -> dict[str, str]:
    """The `resource` of a callback under AES-256-GCM with the merchant's API v3 key."""
    nonce = secrets.token_hex(6)
    content = json.dumps(resource, ensure_ascii=False).encode()
    ciphertext = AESGCM(keys.apiv3_key.encode()).encrypt(nonce.encode(), content, original_type.encode())
    return {
        "original_type": original_type,
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": b64encode(ciphertext).decode(),
        "associated_data": original_type,
        "nonce": nonce,
    }


@cache
def _stranger() -> RSAPrivateKey:
    """Somebody else's key, for the fault wrong_key."""
    return generate_private_key(public_exponent=65537, key_size=2048)

"""Keys of both sides, made at the first start and kept in a folder.

    keys/merchant/   what a merchant gets when it signs up: account.json, private_key.pem, platform_public_key.pem
    keys/platform/   what WeChat keeps: private_key.pem, merchant_public_key.pem

The product reads `keys/merchant/` alone; with a real account's files there, it talks to the real channel.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

MERCHANT_ID = "1900000001"
APPID = "wx5a4d0db0xbaiye01"


@dataclass(frozen=True)
class Keys:
    """Everything the simulator needs to play its side; `merchant_folder` is the product's to read."""

    merchant_folder: Path
    merchant_id: str
    merchant_serial: str
    appid: str
    app_secret: str
    apiv3_key: str
    sms_key: str
    platform_public_key_id: str
    platform_private_key: rsa.RSAPrivateKey
    merchant_public_key: rsa.RSAPublicKey


def ensure_keys(folder: Path) -> Keys:
    """The keys in `folder`/keys, made now if they were not there. Two processes at once end with the same keys."""
    place = Path(folder) / "keys"
    if not place.exists():
        _make(place)
    return _read(place)


def _make(place: Path) -> None:
    """Write all files beside the place, then move them there in one step: nobody ever sees half of them."""
    draft = place.with_name(f".keys-{os.getpid()}-{secrets.token_hex(4)}")
    merchant, platform = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    for side, files in {
        "merchant": {
            "account.json": json.dumps(_account(), indent=2).encode(),
            "private_key.pem": _private_pem(merchant),
            "platform_public_key.pem": _public_pem(platform),
        },
        "platform": {
            "private_key.pem": _private_pem(platform),
            "merchant_public_key.pem": _public_pem(merchant),
        },
    }.items():
        (draft / side).mkdir(parents=True, mode=0o700)
        for name, content in files.items():
            (draft / side / name).touch(mode=0o600)
            (draft / side / name).write_bytes(content)
    try:
        draft.rename(place)
    except OSError:
        shutil.rmtree(draft)
        if not place.exists():
            raise


def _account() -> dict[str, str]:
    digits = "".join(secrets.choice("0123456789") for _ in range(18))
    return {
        "merchant_id": MERCHANT_ID,
        "appid": APPID,
        "app_secret": secrets.token_hex(16),
        "certificate_serial": secrets.token_hex(20).upper(),
        "apiv3_key": secrets.token_hex(16),
        "platform_public_key_id": f"PUB_KEY_ID_01{MERCHANT_ID}{digits}",
        "sms_key": secrets.token_urlsafe(24),
    }


def _read(place: Path) -> Keys:
    account = json.loads((place / "merchant" / "account.json").read_text())
    private = serialization.load_pem_private_key((place / "platform" / "private_key.pem").read_bytes(), None)
    public = serialization.load_pem_public_key((place / "platform" / "merchant_public_key.pem").read_bytes())
    if not isinstance(private, rsa.RSAPrivateKey) or not isinstance(public, rsa.RSAPublicKey):
        raise ValueError(f"{place} holds keys that are not RSA")
    return Keys(
        merchant_folder=place / "merchant",
        merchant_id=account["merchant_id"],
        merchant_serial=account["certificate_serial"],
        appid=account["appid"],
        app_secret=account["app_secret"],
        apiv3_key=account["apiv3_key"],
        sms_key=account["sms_key"],
        platform_public_key_id=account["platform_public_key_id"],
        platform_private_key=private,
        merchant_public_key=public,
    )


def _private_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

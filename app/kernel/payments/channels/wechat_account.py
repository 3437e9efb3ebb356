"""A merchant's account at WeChat Pay: its numbers and its keys, read from a folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class WechatAccount:
    """What a merchant gets when it signs up. Keys are PEM texts; never shown in a repr."""

    merchant_id: str
    appid: str
    certificate_serial: str
    platform_public_key_id: str
    private_key: str
    platform_public_key: str
    apiv3_key: str

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The account in a folder of account.json, private_key.pem, platform_public_key.pem."""
        account = json.loads((folder / "account.json").read_text(encoding="utf-8"))
        return cls(
            merchant_id=account["merchant_id"],
            appid=account["appid"],
            certificate_serial=account["certificate_serial"],
            platform_public_key_id=account["platform_public_key_id"],
            private_key=(folder / "private_key.pem").read_text(encoding="ascii"),
            platform_public_key=(folder / "platform_public_key.pem").read_text(encoding="ascii"),
            apiv3_key=account["apiv3_key"],
        )

    def __repr__(self) -> str:
        return f"WechatAccount(merchant_id={self.merchant_id!r}, appid={self.appid!r})"

"""Credit codes, masks, risk words, differences, deadlines: pure functions of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

# GB 32100-2015: 31 characters without I, O, S, V, Z; weight 3**i mod 31; the last one makes the sum divisible by 31.
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LOOKS_LIKE = {"O": "0", "I": "1", "S": "5", "Z": "2", "V": "U"}

# Words that advertising law (广告法第九条) forbids, and the usual ways around the platform.
RISK_WORDS = (
    "国家级", "最高级", "最佳", "顶级", "极品", "全国第一", "全镇第一", "销量第一", "绝对", "万能", "根治", "包治", "无副作用", "特供",
    "专供", "加微信", "加V", "私下转账", "刷单", "返现好评", "赌博", "代开发票",
)


def credit_code_fault(code: str) -> str | None:
    """Why `code` is no unified social credit code, in words; None when it is one (GB 32100-2015)."""
    if len(code) != 18:
        return str(_l("统一社会信用代码是 18 位，现在 %(count)d 位", count=len(code)))
    for place, letter in enumerate(code, 1):
        if letter not in CREDIT_ALPHABET:
            meant = LOOKS_LIKE.get(letter)
            if meant:
                return str(_l("第 %(place)d 位不能是字母 %(letter)s，是不是 %(meant)s？", place=place, letter=letter, meant=meant))
            return str(_l("第 %(place)d 位“%(letter)s”不对", place=place, letter=letter))
    return None if code[17] == credit_check(code[:17]) else str(_l("统一社会信用代码校验位不对，对照执照再看一遍"))


def credit_check(first: str) -> str:
    """The 18th character for the first 17."""
    total = sum(CREDIT_ALPHABET.index(letter) * pow(3, place, 31) for place, letter in enumerate(first))
    return CREDIT_ALPHABET[(31 - total % 31) % 31]


def masked_account(number: str) -> str:
    """`**** 3307`."""
    return f"**** {number[-4:]}" if number else ""


def risk_words_in(snapshot: Mapping[str, Any], words: Iterable[str]) -> list[str]:
    """The words that occur in the text values of the snapshot, each once, in the order given."""
    texts = "\n".join(str(value) for value in snapshot.values()).lower()
    return [word for word in dict.fromkeys(words) if word.lower() in texts]


def changed_names(previous: Mapping[str, Any], snapshot: Mapping[str, Any]) -> list[str]:
    """Names whose value differs, those of the newer snapshot first; nothing when there is no previous one."""
    names = dict.fromkeys([*snapshot, *previous])
    return [name for name in names if (previous.get(name) or "") != (snapshot.get(name) or "")] if previous else []


def is_free(claimed_by: int | None, claimed_until: datetime | None, actor_id: int | None, now: datetime) -> bool:
    """True when the actor may take a case: nobody holds it, the actor does, or the holder's time is over."""
    return claimed_by is None or claimed_by == actor_id or claimed_until is None or claimed_until <= now


def minutes_left(due_at: datetime, now: datetime) -> int:
    """Whole minutes until the deadline, rounded down; negative when it has passed."""
    return int((due_at - now).total_seconds() // 60)


def is_expired(expires_on: date | None, today: date) -> bool:
    """True from the day after the last valid day."""
    return expires_on is not None and expires_on < today


def is_expiring(expires_on: date | None, today: date, days: int) -> bool:
    """True within the last `days` of validity."""
    return expires_on is not None and today <= expires_on <= today + timedelta(days=days)

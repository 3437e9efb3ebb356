"""HTTP to other firms: a proxy of the environment is used, except to addresses of this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import requests


def session_for(base_url: str) -> requests.Session:
    """A session that reaches `base_url`: directly when it is on this machine."""
    session = requests.Session()
    session.trust_env = not is_loopback(base_url)
    return session


def is_loopback(url: str) -> bool:
    """Whether an address leads to this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

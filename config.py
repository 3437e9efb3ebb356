"""Settings, read once from the environment.

Every setting has a default that suits a laptop: an embedded PostgreSQL under `var/`, secrets made at first start and
kept in `var/secrets.json` (mode 600), the payment gateway of ours on loopback. A server sets the variables instead;
`docs/operations.md` lists them all, and a test fails when one is missing there.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
VAR = Path(os.environ.get("BAIYE_VAR", ROOT / "var"))


def kept_secrets(folder: Path) -> dict[str, str]:
    """The secrets of this installation, made once and kept in `secrets.json` with mode 600."""
    path = folder / "secrets.json"
    if path.exists():
        return json.loads(path.read_text())
    folder.mkdir(parents=True, exist_ok=True)
    made = {name: secrets.token_hex(32) for name in ("session", "customer_token", "field_key", "blind_index", "link", "app_password")}
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(made, file)
    return made


def _flag(name: str, default: bool) -> bool:
    """An environment switch: 0, no, off and false are off, anything else is on."""
    return os.environ.get(name, str(int(default))).lower() not in {"0", "no", "off", "false", ""}


def load() -> dict[str, Any]:
    """All settings as one mapping for `create_app`; environment variables win over defaults."""
    kept = kept_secrets(VAR)
    env = os.environ.get
    port = int(env("PORT", "8080"))
    gateway_port = int(env("GATEWAY_PORT", str(port + 1)))
    return {
        "VAR": VAR,
        "PORT": port,
        "GATEWAY_PORT": gateway_port,
        "PUBLIC_URL": env("PUBLIC_URL", f"http://127.0.0.1:{port}"),
        "DEMO": _flag("DEMO", True),
        "TRADES": tuple(filter(None, env("TRADES", "").split(","))),
        "WEB_WORKERS": int(env("WEB_WORKERS", "2")),
        "WEB_THREADS": int(env("WEB_THREADS", "24")),
        # Database: the owner migrates, the application's role serves.
        "DATABASE_URL": env("DATABASE_URL", ""),
        "DATABASE_APP_URL": env("DATABASE_APP_URL", ""),
        "APP_PASSWORD": env("APP_PASSWORD", kept["app_password"]),
        # Secrets
        "SECRET_KEY": env("SECRET_KEY", kept["session"]),
        "CUSTOMER_TOKEN_KEY": env("CUSTOMER_TOKEN_KEY", kept["customer_token"]),
        "FIELD_KEYS": {"1": env("FIELD_KEY", kept["field_key"])},
        "FIELD_KEY_ID": "1",
        "BLIND_INDEX_KEY": env("BLIND_INDEX_KEY", kept["blind_index"]),
        "LINK_KEY": env("LINK_KEY", kept["link"]),
        # The outside world: the sandbox gateway plays WeChat and the text message provider unless these say otherwise.
        "WECHAT_PAY_URL": env("WECHAT_PAY_URL", f"http://127.0.0.1:{gateway_port}"),
        "WECHAT_LOGIN_URL": env("WECHAT_LOGIN_URL", f"http://127.0.0.1:{gateway_port}"),
        "SMS_URL": env("SMS_URL", f"http://127.0.0.1:{gateway_port}"),
        "LOCKS_URL": env("LOCKS_URL", f"http://127.0.0.1:{gateway_port}"),
        "GATEWAY_FOLDER": Path(env("GATEWAY_FOLDER", VAR / "gateway")),
        "GATEWAY_SPEED": float(env("GATEWAY_SPEED", "1")),
        "FILES_FOLDER": Path(env("FILES_FOLDER", VAR / "files")),
        # Flask and its extensions
        "SESSION_COOKIE_NAME": "baiye",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": env("PUBLIC_URL", "").startswith("https://"),
        "PERMANENT_SESSION_LIFETIME": 10 * 3600,
        "PASSWORD_METHOD": "scrypt",
        "MAX_CONTENT_LENGTH": 21 * 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,
        "BABEL_DEFAULT_LOCALE": "zh",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
        "LANGUAGES": {"zh": {"flag": "cn", "name": "中文"}, "en": {"flag": "gb", "name": "English"}},
        "RATELIMIT_STORAGE_URI": "memory://",
        "RATELIMIT_ENABLED": _flag("RATELIMIT", True),
        # Flask-AppBuilder: no writes at start-up, roles as code, our own security manager and look.
        "APP_NAME": "百业",
        "AUTH_TYPE": 1,
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_ADD_MENU_API": False,
        "FAB_ADD_SECURITY_API": False,
        "FAB_API_SWAGGER_UI": False,
        "FAB_ADD_OPENAPI_VIEWS": False,
        "FAB_MENU": "app.framework.console.menu.FlatMenu",
        "FAB_INDEX_VIEW": "app.framework.console.home.HomeView",
        "FAB_BASE_TEMPLATE": "base/fab.html",
        "FAB_SECURITY_MANAGER_CLASS": "app.kernel.parties.security.StaffSecurityManager",
        "FAB_PASSWORD_COMPLEXITY_ENABLED": True,
        "FAB_SAFE_REDIRECT_HOSTS": [],
    }

"""What a leader shares: the address of its page, its QR code, and a poster, all drawn here."""

from __future__ import annotations

import io
from collections.abc import Sequence

import segno
from flask import current_app
from flask_babel import gettext as _
from markupsafe import escape

from app.core.money import yuan
from app.verticals.groupbuy.models import Goods, Leader

WIDTH, HEIGHT, ROW = 600, 900, 56
FONT = "'PingFang SC','Noto Sans CJK SC','Microsoft YaHei',sans-serif"


def address_of(leader: Leader) -> str:
    """Where the share code leads."""
    return f"{current_app.config['PUBLIC_URL'].rstrip('/')}/g/{leader.share_code}"


def code_png(leader: Leader) -> bytes:
    """The QR code of the leader's page as PNG."""
    out = io.BytesIO()
    segno.make(address_of(leader), error="m", micro=False).save(out, kind="png", scale=10, border=2)
    return out.getvalue()


def poster_svg(leader: Leader, goods: Sequence[Goods]) -> str:
    """A poster to send to neighbours: name, pick-up point, a few goods with their price, and the code."""
    code = segno.make(address_of(leader), error="m", micro=False)
    side, _height = code.symbol_size(scale=1, border=0)
    scale, words = 220 / side, _("扫码看今天的团")
    squares = "".join(
        f'<rect x="{x}" y="{y}" width="1" height="1"/>' for y, line in enumerate(code.matrix) for x, dark in enumerate(line) if dark
    )
    rows = "".join(
        f'<text x="48" y="{260 + number * ROW}" font-size="26" fill="#1b1e21">{escape(each.label[:16])}</text>'
        f'<text x="{WIDTH - 48}" y="{260 + number * ROW}" font-size="28" font-weight="700" fill="#b8402b" text-anchor="end">'
        f"{escape(yuan(each.sale_price))}</text>"
        for number, each in enumerate(goods[:5])
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{FONT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/><rect width="{WIDTH}" height="180" fill="#b8402b"/>'
        f'<text x="48" y="86" font-size="40" font-weight="700" fill="#fff">{escape(leader.name)}</text>'
        f'<text x="48" y="134" font-size="24" fill="#fff">{escape(leader.point[:24])}</text>{rows}'
        f'<g transform="translate({(WIDTH - 220) / 2:.1f} {HEIGHT - 320}) scale({scale:.4f})" fill="#1b1e21" shape-rendering="crispEdges">{squares}</g>'
        f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - 56}" font-size="24" fill="#1b1e21" text-anchor="middle">{escape(words)}</text>'
        f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - 22}" font-size="18" fill="#6a6f75" text-anchor="middle">{escape(leader.share_code)}</text></svg>'
    )

"""Pictures decoded under a pixel cap and written anew, so that nothing but pixels survives: no EXIF, no GPS, no appended code."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from app.kernel.files.rules import PIXELS_AT_MOST

READABLE = ("JPEG", "PNG", "WEBP")
SANS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", "/System/Library/Fonts/PingFang.ttc", "C:/Windows/Fonts/msyh.ttc",
)


class NotAPictureError(ValueError):
    """The bytes are no whole picture of a kind that is taken."""


class TooManyPixelsError(ValueError):
    """The picture would take too much memory when decoded."""


@dataclass(frozen=True)
class Picture:
    """An encoded picture and its size in pixels."""

    content: bytes
    width: int
    height: int


def decode(content: bytes) -> Image.Image:
    """The pixels in RGB, upright. Raises NotAPictureError, TooManyPixelsError; the size is read before anything is decoded."""
    try:
        with Image.open(io.BytesIO(content), formats=READABLE) as image:
            if image.width * image.height > PIXELS_AT_MOST:
                raise TooManyPixelsError
            return _flat(ImageOps.exif_transpose(image))
    except Image.DecompressionBombError as refused:
        raise TooManyPixelsError from refused
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as refused:
        if isinstance(refused, TooManyPixelsError):
            raise
        raise NotAPictureError from refused


def _flat(image: Image.Image) -> Image.Image:
    """RGB on white: what was transparent becomes paper. A fresh image, without the metadata of the old one."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(layer, mask=layer.getchannel("A"))
        return paper
    fresh = Image.new("RGB", image.size)
    fresh.paste(image.convert("RGB"))
    return fresh


def encoded(image: Image.Image, longest: int, kind: str) -> Picture:
    """The image as `WEBP` or `JPEG`, shrunk until no side is longer than `longest` pixels."""
    copy = image.copy()
    copy.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    copy.save(out, kind, quality=82 if kind == "WEBP" else 88)
    return Picture(out.getvalue(), copy.width, copy.height)


def watermarked(content: bytes, words: str) -> bytes:
    """A JPEG of the picture with `words` written across it, so that a copy says who looked at it and when."""
    image = decode(content)
    stamp = _stamp(words, max(14, min(image.size) // 22))
    for row, top in enumerate(range(-stamp.height // 2, image.height, stamp.height)):
        for left in range(-(row % 2) * stamp.width // 2 - stamp.width // 4, image.width, stamp.width):
            image.paste(stamp, (left, top), mask=stamp.getchannel("A"))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def _stamp(words: str, size: int) -> Image.Image:
    """The words once, slanting, grey and thin enough to read what is below."""
    font = _font(size)
    flat = Image.new("RGBA", (int(ImageDraw.Draw(Image.new("RGBA", (1, 1))).textlength(words, font=font)) + size, size * 2))
    ImageDraw.Draw(flat).text((size // 2, size // 3), words, font=font, fill=(27, 30, 33, 46))
    return flat.rotate(24, resample=Image.Resampling.BICUBIC, expand=True)


def has_chinese_font() -> bool:
    """True when a font with Chinese is on this machine; without one a watermark is written in Latin letters."""
    return any(Path(path).exists() for path in SANS)


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    found = next((path for path in SANS if Path(path).exists()), None)
    return ImageFont.truetype(found, size) if found else ImageFont.load_default(size)

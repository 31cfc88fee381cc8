"""Decode pictures, by Pillow: scaled, turned, small, or as PNG. Nothing else here decodes anything.

Pillow is an optional requirement, and is loaded when one of these is called. What it is given was read by
`reading` before: its form and its size are known, and within bounds.
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

from ..base.errors import BadInput
from .medium import IMAGE, MOST_PIXELS, Medium

if TYPE_CHECKING:
    from PIL.Image import Image

#: (red, green, blue) of two pixels, one above the other.
Pair = tuple[tuple[int, int, int], tuple[int, int, int]]

MOST_SIDE = 16_384
_QUALITY = 90
#: What is seen through where a picture can be seen through.
_GROUND = (128, 128, 128)


def available() -> bool:
    """Tell whether Pillow is there; it is not loaded for that."""
    from importlib.util import find_spec

    return find_spec("PIL") is not None


def _opened(medium: Medium, near: tuple[int, int] | None = None) -> Image:
    """Decode the first frame, upright; a JPEG only as finely as `near` asks for. Raises BadInput."""
    if medium.kind != IMAGE:
        raise BadInput(f"a {medium.format} is no picture")
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise BadInput(
            "pictures are scaled and drawn by Pillow, which is not installed", "pip install pillow"
        ) from None
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        found = Image.open(io.BytesIO(medium.data), formats=[medium.format])
        if near:
            found.draft("RGB", near)
        return ImageOps.exif_transpose(found)
    except MemoryError:
        raise BadInput("there is no memory to decode the picture") from None
    except Exception as error:  # Pillow raises whatever a decoder meets
        raise BadInput(f"the {medium.format} can't be decoded: {type(error).__name__}") from None


def scaled(medium: Medium, longest: int) -> Medium:
    """Give the picture with its longer side of at most so many pixels, upright, its first frame alone; as it
    is where it is as small, and upright. Raises BadInput."""
    if not 1 <= longest <= MOST_SIDE:
        raise BadInput(f"a side has 1 to {MOST_SIDE:,} pixels, not {longest:,}")
    if max(medium.width, medium.height) <= longest and not medium.turned:
        return medium
    share = min(1.0, longest / max(medium.width, medium.height))
    wanted = (max(1, round(medium.width * share)), max(1, round(medium.height * share)))
    found = _opened(medium, wanted)
    found.thumbnail((longest, longest))
    form = "JPEG" if medium.format == "JPEG" else "PNG"
    data = _written(found, form)
    mime = f"image/{form.lower()}"
    width, height = found.size
    return replace(
        medium, format=form, mime=mime, data=data, width=width, height=height, frames=1, turned=False
    )


def as_png(medium: Medium, width: int, height: int) -> bytes:
    """Give the first frame as a PNG, made anew, that fits into so many pixels. Raises BadInput."""
    found = _opened(medium, (width, height))
    found.thumbnail((width, height))
    return _written(found, "PNG")


def pairs(medium: Medium, columns: int, rows: int) -> list[list[Pair]]:
    """Give the picture as rows of pairs of pixels, at most so many: as half blocks draw it. Raises
    BadInput."""
    found = _opened(medium, (columns * 4, rows * 8))
    found.thumbnail((columns, rows * 2))
    width, height = found.size
    flat: bytes = _on_ground(found).tobytes()
    points = [(flat[at], flat[at + 1], flat[at + 2]) for at in range(0, len(flat), 3)]
    lines = [points[at : at + width] for at in range(0, width * height, width)]
    if height % 2:
        lines.append(lines[-1])
    return [
        list(zip(upper, lower, strict=True)) for upper, lower in zip(lines[::2], lines[1::2], strict=True)
    ]


def _on_ground(found: Image) -> Image:
    """Give a picture in three colours: what can be seen through lies on grey."""
    from PIL import Image

    clear = found.convert("RGBA")
    ground = Image.new("RGBA", clear.size, (*_GROUND, 255))
    return Image.alpha_composite(ground, clear).convert("RGB")


def _written(found: Image, form: str) -> bytes:
    """Encode a picture, with its colours and nothing else that its file said."""
    out = io.BytesIO()
    found.info = {name: value for name, value in found.info.items() if name == "icc_profile"}
    if form == "JPEG":
        found.convert("RGB").save(out, form, quality=_QUALITY, icc_profile=found.info.get("icc_profile"))
    else:
        keeps = found.mode in ("1", "L", "LA", "P", "RGB", "RGBA")
        (found if keeps else found.convert("RGBA")).save(out, form)
    return out.getvalue()

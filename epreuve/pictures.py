"""Say how large each picture is, so that text does not jump when it arrives."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

import imagesize

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}
IMAGE = re.compile(r"<img\b[^>]*>")
SOURCE = re.compile(r'\bsrc="([^"]+)"')


def reserve_room(body: str, app: Sphinx) -> str:
    """Give a width and a height to the pictures that have none."""
    files = {name: Path(app.srcdir, path) for path, name in app.builder.images.items()}

    def complete(found: re.Match[str]) -> str:
        tag = found[0]
        source = SOURCE.search(tag)
        path = source and files.get(posixpath.basename(source[1]))
        if not path or " width=" in tag or "style=" in tag:
            return tag
        width, height = size(path)
        return f'<img width="{width}" height="{height}"{tag[4:]}' if width > 0 else tag

    return IMAGE.sub(complete, body)


def size(path: Path) -> tuple[int, int]:
    """Width and height in pixels; (-1, -1) when unknown."""
    if path.suffix != ".svg":
        return imagesize.get(path)
    head = path.read_text(encoding="utf-8", errors="replace").partition("<svg")[2].partition(">")[0]
    sides = [re.search(rf'\b{side}="([\d.]+)(\w*)"', head) for side in ("width", "height")]
    if not all(side and side[2] in PIXELS for side in sides):
        return -1, -1
    width, height = (round(float(side[1]) * PIXELS[side[2]]) for side in sides)
    return width, height

"""The charts of the pages as pictures for Word: the same specification, painted light, drawn at print size.

The drawing library reads fonts from a folder and no compressed ones, so the bundled fonts are
unpacked into a folder of this process once.  Without the font, Chinese text would vanish in silence.
"""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import tempfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from zhiheng.publish import charts

PIXELS = 620
"""How wide a chart is drawn, before it is enlarged for print."""
SCALE = 2.0
WIDTH_MM = 132.0
FONTS = ("NotoSansSC-Regular", "NotoSansSC-Bold")


def draw(spec: Mapping[str, Any]) -> bytes:
    """Return a chart as PNG, on white paper.

    Parameters
    ----------
    spec : mapping
        What `charts.spec` returns: colours as names, width left to where it stands.
    """
    painted = charts.painted({**spec, "width": PIXELS}, "light")
    return _png(json.dumps(painted, sort_keys=True))


@functools.lru_cache(maxsize=256)
def _png(painted: str) -> bytes:
    import vl_convert

    vl_convert.register_font_directory(str(unpacked_fonts()))
    png: bytes = vl_convert.vegalite_to_png(painted, scale=SCALE, allowed_base_urls=[])
    return png


@functools.cache
def unpacked_fonts() -> Path:
    """Return a folder of this process with the bundled fonts as plain OpenType files."""
    from fontTools.ttLib import TTFont

    folder = Path(tempfile.mkdtemp(prefix="zhiheng-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    packed = resources.files("zhiheng.publish") / "assets" / "fonts"
    for name in FONTS:
        with (packed / f"{name}.woff2").open("rb") as stream, TTFont(stream) as font:
            font.flavor = None
            font.save(folder / f"{name}.otf")
    return folder

"""The font of a page that opens on a closed network: only the glyphs it uses, inside it."""

from __future__ import annotations

import base64
import io

from twin.view.fonts import font_file


def font_face(text: str, *, family: str = "Twin Sans") -> str:
    """A CSS rule that brings a family with the glyphs of a text, as a data address."""
    from fontTools import subset  # slow to import, and needed only where a page is written
    from fontTools.ttLib import TTFont

    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.flavor = "woff"
    font = TTFont(font_file(), recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=text)
    subsetter.subset(font)
    font.flavor = "woff"
    data = io.BytesIO()
    font.save(data)
    address = "data:font/woff;base64," + base64.b64encode(data.getvalue()).decode("ascii")
    return f'@font-face {{ font-family: "{family}"; src: url("{address}") format("woff"); }}'

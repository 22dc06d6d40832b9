"""The font of every picture. VTK's own font drops Chinese without a word, and so would matplotlib's."""

from __future__ import annotations

from pathlib import Path


def font_file() -> Path:
    """A static font file with Latin and simplified Chinese glyphs, for VTK text and matplotlib alike."""
    import pylopdf_fonts_zh_cn

    return pylopdf_fonts_zh_cn.sans_path()


def text_width(text: str, size: float) -> float:
    """Width of a line of text, in the unit of `size`: exact for Chinese, near for Latin."""
    return size * sum(1.0 if ord(character) >= FIRST_WIDE else LATIN_EM for character in text)


FIRST_WIDE = 0x2E80  #: from here on characters are as wide as they are high
LATIN_EM = 0.56  #: mean advance of Latin text in this font, a little generous

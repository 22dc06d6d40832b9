"""Pictures. The only place that knows PyVista and matplotlib, and it loads neither before something is drawn."""

from __future__ import annotations

from twin.view.colours import DIVERGING, OCCUPANCY, SEQUENTIAL, Category, Colouring
from twin.view.fonts import font_file
from twin.view.picture import Look
from twin.view.stills import draw, get_ready, scene

__all__ = [
    "DIVERGING",
    "OCCUPANCY",
    "SEQUENTIAL",
    "Category",
    "Colouring",
    "Look",
    "draw",
    "font_file",
    "get_ready",
    "scene",
]

"""BACKDROPS: what nature looks like from afar, as a palette and five numbers each."""

from __future__ import annotations

from typing import NamedTuple

STOPS = 4


class Backdrop(NamedTuple):
    """A texture. The palette runs from the texture's lowest to its highest places, in RGB [0, 255]."""

    name: str
    palette: tuple[tuple[int, int, int], ...]  # STOPS colours
    frequency: float  # lattice cells from the picture's middle to its edge, in the first octave
    stretch: float  # above 1: drawn out along the horizon; below 1: upright
    roughness: float  # an octave's amplitude as a share of the last one's
    gradient: float  # share of the height in the colour: 0 texture alone, 1 a smooth sky
    tilt: float  # radians of turn either way


BACKDROPS = (
    Backdrop("clear sky", ((222, 234, 240), (170, 206, 232), (110, 168, 216), (62, 122, 184)), 1.2, 1.8, 0.5, 0.8, 0.2),
    Backdrop("clouds", ((92, 142, 192), (150, 186, 216), (212, 222, 230), (246, 246, 244)), 1.4, 1.4, 0.5, 0.15, 0.2),
    Backdrop("dusk", ((246, 200, 140), (232, 150, 112), (150, 96, 122), (58, 52, 92)), 1.0, 2.2, 0.5, 0.75, 0.1),
    Backdrop("meadow", ((58, 88, 36), (96, 128, 52), (140, 164, 78), (196, 204, 120)), 2.2, 0.7, 0.62, 0.3, 0.3),
    Backdrop("foliage", ((20, 40, 22), (44, 78, 36), (86, 124, 54), (150, 178, 96)), 2.4, 1.0, 0.6, 0.05, 3.0),
    Backdrop("forest", ((16, 30, 26), (32, 56, 44), (62, 92, 68), (128, 150, 118)), 1.8, 0.55, 0.55, 0.25, 0.1),
    Backdrop("moss", ((44, 54, 26), (82, 92, 40), (118, 126, 62), (164, 166, 108)), 2.6, 1.0, 0.7, 0.0, 3.0),
    Backdrop("sand", ((168, 138, 96), (198, 170, 126), (218, 194, 152), (238, 220, 186)), 1.5, 1.8, 0.5, 0.1, 0.4),
    Backdrop("earth", ((56, 40, 30), (92, 68, 50), (128, 98, 74), (168, 138, 110)), 2.2, 1.2, 0.65, 0.05, 3.0),
    Backdrop("water", ((18, 58, 78), (38, 96, 116), (84, 142, 156), (170, 208, 208)), 1.8, 2.4, 0.55, 0.2, 0.15),
    Backdrop("shallows", ((34, 110, 124), (78, 158, 160), (136, 198, 186), (214, 228, 200)), 1.6, 1.5, 0.5, 0.3, 0.3),
    Backdrop("stone", ((70, 70, 70), (108, 106, 102), (146, 144, 138), (188, 186, 178)), 2.0, 1.1, 0.65, 0.0, 3.0),
    Backdrop("slate", ((34, 40, 48), (58, 66, 76), (88, 96, 106), (128, 136, 142)), 1.8, 1.9, 0.6, 0.1, 0.8),
    Backdrop("bark", ((44, 32, 26), (78, 58, 46), (116, 92, 74), (160, 136, 114)), 2.4, 0.42, 0.6, 0.0, 0.25),
    Backdrop("autumn leaves", ((86, 40, 22), (150, 74, 30), (200, 122, 48), (230, 182, 96)), 2.2, 1.0, 0.6, 0.0, 3.0),
    Backdrop("heather", ((66, 48, 74), (112, 80, 116), (156, 122, 152), (204, 180, 196)), 2.2, 1.1, 0.62, 0.2, 0.5),
    Backdrop("snow", ((164, 180, 200), (200, 212, 224), (226, 232, 238), (248, 248, 248)), 1.3, 1.6, 0.5, 0.25, 0.3),
    Backdrop("mist", ((120, 134, 138), (156, 168, 168), (190, 198, 196), (222, 226, 222)), 1.0, 2.0, 0.5, 0.6, 0.1),
)

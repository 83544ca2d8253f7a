"""One colour and one marker for each strategy, the same in every figure, table and picture.

The colours were found by a search: each keeps a contrast of 3:1 on the light and on the dark background alike, so
that nothing has to know which of the two it stands on, and any two are at least 19 apart (CIE 1976 colour
difference) in normal sight and with each kind of colour blindness, simulated after Machado, Oliveira and Fernandes
2009. (The set of Okabe and Ito 2008, darkened to the same contrast, comes down to 1.4.) The marker says the same.
"""

from __future__ import annotations

STYLES: dict[str, tuple[str, str]] = {  # strategy → colour, plotly marker
    "from_scratch": ("#788484", "x"),
    "feature_extraction": ("#006CB4", "circle"),
    "fine_tune_top": ("#D8780C", "diamond"),
    "fine_tune_all": ("#C02418", "square"),
    "lp_ft": ("#A878FC", "triangle-up"),
    "gradual_unfreezing": ("#A89054", "triangle-down"),
    "layerwise_rates": ("#7C5886", "pentagon"),
    "custom": ("#B43054", "star"),
}
GLYPHS = {
    "x": "✕",
    "circle": "●",
    "diamond": "◆",
    "square": "■",
    "triangle-up": "▲",
    "triangle-down": "▼",
    "pentagon": "⬟",
    "star": "★",
}
GREY = "#788484"

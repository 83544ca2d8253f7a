"""A chart that takes new points without being drawn anew.

`st.plotly_chart` takes a chart with other data for another chart: each new point would end the student's zoom,
whatever its uirevision, and whatever label the mouse is on. So the chart stays as it was first drawn, and a small
component hands the new points to the plot on the page.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import streamlit as st

from tl_core.base.settings import ASSETS

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    import numpy as np
    import plotly.graph_objects as go

CONFIG = {"displayModeBar": False}

_FEED = st.components.v2.component(
    "transfer_lab_steady_chart", html="<span></span>\n", js=(ASSETS / "steady_chart.js").read_text(encoding="utf-8")
)


def draw(figure: go.Figure, box: str, alt: str) -> None:
    """Draw `figure`, or bring the one that is drawn in `box` up to date. Its traces need a `uid` each."""
    build = (figure.layout.uirevision, tuple(trace.uid for trace in figure.data))
    draw_points([(trace.x, trace.y) for trace in figure.data], build, lambda: figure, box, alt)


def draw_points(
    points: Sequence[tuple[np.ndarray, np.ndarray]],
    build: Hashable,
    figure: Callable[[], go.Figure],
    box: str,
    alt: str,
) -> None:
    """Likewise with the points (x, y) of every trace: `figure` is only made when `build` is not what is drawn.

    A box may be drawn on several pages, with fewer traces on one of them: their number is part of what is drawn.
    """
    build = (build, len(points))
    drawn = st.session_state.setdefault("steady_charts", {})
    if box not in drawn or drawn[box][0] != build or _plain(box):
        from pages.shared.widgets.cached_figure import CachedFigure  # plotly only when there is something to draw

        drawn[box] = (build, CachedFigure(figure()))
    shown = drawn[box][1]
    with st.container(key=box, gap=None):
        st.plotly_chart(shown, key=f"{box}_plot", config=CONFIG, alt=alt)
        _FEED(
            key=f"{box}_feed", data=_data(points, shown.layout.uirevision, box), on_plain_change=lambda: None, height=1
        )


def _plain(box: str) -> bool:
    """Whether this browser said that it has no way to take new points."""
    return bool(st.session_state.get(f"{box}_feed", {}).get("plain"))


def _data(points: Sequence[tuple[np.ndarray, np.ndarray]], revision: str, box: str) -> dict[str, Any]:
    x, y = ([pair[axis].tolist() for pair in points] for axis in (0, 1))
    stamp = hashlib.blake2b(repr((x, y)).encode(), digest_size=8).hexdigest()
    return {"box": box, "revision": revision, "x": x, "y": y, "stamp": stamp}

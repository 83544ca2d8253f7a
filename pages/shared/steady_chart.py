"""A chart that takes new points without being drawn anew.

`st.plotly_chart` takes a chart with other data for another chart: each new point would end the student's zoom,
whatever its uirevision, and whatever label the mouse is on. So the chart stays as it was first drawn, and a small
component hands the new points to the plot on the page.
"""
from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import streamlit as st

from tl_core.settings import ASSETS

if TYPE_CHECKING:
    import plotly.graph_objects as go

CONFIG = {"displayModeBar": False}

_FEED = st.components.v2.component(
    "transfer_lab_steady_chart", html="<span></span>\n",
    js=(ASSETS / "steady_chart.js").read_text(encoding="utf-8"),
)


def draw(figure: go.Figure, box: str, alt: str) -> None:
    """Draw `figure`, or bring the one that is drawn in `box` up to date. Its traces need a `uid` each."""
    drawn = st.session_state.setdefault("steady_charts", {})
    build = (figure.layout.uirevision, tuple(trace.uid for trace in figure.data))
    if box not in drawn or drawn[box][0] != build or _plain(box):
        drawn[box] = (build, figure)
    with st.container(key=box, gap=None):
        st.plotly_chart(drawn[box][1], key=f"{box}_plot", config=CONFIG, alt=alt)
        _FEED(key=f"{box}_feed", data=_points(figure, box), on_plain_change=lambda: None, height=1)


def _plain(box: str) -> bool:
    """Whether this browser said that it has no way to take new points."""
    return bool(st.session_state.get(f"{box}_feed", {}).get("plain"))


def _points(figure: go.Figure, box: str) -> dict[str, Any]:
    x, y = ([getattr(trace, axis).tolist() for trace in figure.data] for axis in ("x", "y"))
    stamp = hashlib.blake2b(repr((x, y)).encode(), digest_size=8).hexdigest()
    return {"box": box, "revision": figure.layout.uirevision, "x": x, "y": y, "stamp": stamp}

"""A figure that is drawn once and asked for again in every run of a page."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import plotly.graph_objects as go


class CachedFigure(go.Figure):
    """The dictionary of the figure is made once: it must not be changed any more."""

    def to_dict(self) -> dict[str, Any]:
        return self._plain

    @cached_property
    def _plain(self) -> dict[str, Any]:
        return super().to_dict()

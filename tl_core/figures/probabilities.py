"""A run's probabilities → figures: do they mean what they say, and do they put the right pictures first?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from tl_core.base.events import Reliability, Roc
from tl_core.figures.layout import PERCENT, Trace, X, Y, framed, styles
from tl_core.figures.palette import GREY

SIDE = 400  # pixels: both figures are about as wide on half a page


def reliability(before: Reliability, after: Reliability | None, colour: str) -> go.Figure:
    """Reliability diagram: the share that came true over the probability that was said, bin by bin.

    `before` as trained, in grey; `after` with the logits divided by the temperature. Larger marks hold more forecasts.
    """
    figure = _square("Probability", "Share that is right")
    for found, name, paint, symbol in (
        (before, "As trained", GREY, "circle-open"),
        (after, "Scaled", colour, "circle"),
    ):
        if found is None:
            continue
        filled = [i for i, count in enumerate(found.counts) if count]
        counts = np.array(found.counts)[filled]
        figure.add_trace(
            go.Scatter(
                x=_in_percent(found.confidence[i] for i in filled),
                y=_in_percent(found.accuracy[i] for i in filled),
                customdata=counts,
                name=name,
                mode="lines+markers",
                line={"color": paint, "width": 2},
                marker={
                    "symbol": symbol,
                    "size": 6 + 14 * np.sqrt(counts / counts.max()),
                    "line": {"width": 2, "color": paint},
                },
                hovertemplate=f"{name}: %{{customdata:,}} forecasts of {X}, {Y} came true<extra></extra>",
            )
        )
    return framed(figure, SIDE)


def roc_curves(
    found: Mapping[str, Roc],
    arms: Sequence[Trace],
    areas: Mapping[str, float | None],
    label: int | None = None,
    said: Callable[[str], str] = str,
) -> go.Figure:
    """ROC curves of some arms, with the area under each.

    Parameters
    ----------
    found, areas
        Curves, and the areas that belong to what is drawn, in [0, 1], by run id.
    label
        Which class, against the rest. None: the macro average, which is the mean over the classes of the true positive
        rates at each false positive rate ("vertical averaging", Fawcett 2006, "An introduction to ROC analysis",
        section 8.1).
    said
        A text about images in the words of what was tested.
    """
    figure, looks = _square("False positive rate", "True positive rate"), styles(arms)
    for arm in arms:
        rates, area = _true_positive_rates(found[arm.run_id], label), areas[arm.run_id]
        if rates is None or area is None:
            continue
        figure.add_trace(
            go.Scatter(
                x=_in_percent([0.0, *found[arm.run_id].fpr]),
                y=_in_percent([0.0, *rates]),
                name=f"{arm.label}: {area:.3f}",
                mode="lines",
                line={"color": looks[arm.run_id][0], "width": 2},
                hovertemplate=f"{arm.label}: {Y} found, {X} of the rest too<extra></extra>",
            )
        )
    if len(figure.data) == 1:
        why = said("Not defined: a class has no test image")
        figure.add_annotation(x=50, y=25, text=why, showarrow=False, font={"size": 15})
    return framed(figure, SIDE)


def _true_positive_rates(found: Roc, label: int | None) -> list[float] | None:
    """At every false positive rate; None where a curve that is needed is not defined."""
    if label is not None:
        return found.tpr[label]
    known = [rates for rates in found.tpr if rates is not None]
    if len(known) < len(found.tpr):
        return None
    averages: list[float] = np.mean(known, axis=0).tolist()
    return averages


def _in_percent(shares: Iterable[float | None]) -> list[float]:
    return [100 * share for share in shares if share is not None]


def _square(x: str, y: str) -> go.Figure:
    """Per cent over per cent, with the diagonal."""
    diagonal = {"color": GREY, "width": 1, "dash": "dash"}
    figure = go.Figure(
        go.Scatter(x=[0, 100], y=[0, 100], mode="lines", line=diagonal, showlegend=False, hoverinfo="skip")
    )
    figure.update_xaxes(title_text=x, range=[-2, 102], **PERCENT)
    figure.update_yaxes(title_text=y, range=[-2, 102], **PERCENT)
    return figure

"""The live figures of the Learn page: controls above, a chart below, and what to see in it. Each runs on its own."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.shared.learn import concept_figures, tuning_figures
from pages.shared.learn.tuning_figures import CONFIG


@st.fragment
def loss(alt: str) -> None:
    """−log p with a slider for p."""
    from tl_core.learn import figures

    with st.container(border=True):
        p = st.slider("p, the probability the network gives to the right class", 0.01, 1.0, 0.25, 0.01, key="loss_p")
        st.plotly_chart(figures.loss_curve(p), key="loss_chart", config=CONFIG, alt=alt)
        value = figures.loss(p)
        st.caption(f"−log {p:.2f} = **{value:.3f}**, computed just now. The slope there is −1/p = {-1 / p:.2f}.")


@st.fragment
def softmax(alt: str) -> None:
    """Three logits and a temperature; probabilities, loss and gradient."""
    from tl_core.learn import figures

    with st.container(border=True):
        columns = st.columns(3)
        starts = (2.0, 1.0, -1.0)
        logits = [
            column.slider(f"Logit of {name}", -5.0, 5.0, start, 0.1, key=f"softmax_{name}")
            for column, name, start in zip(columns, figures.CLASSES, starts, strict=True)
        ]
        left, right = st.columns(2)
        truth = left.segmented_control(
            "The picture shows a", figures.CLASSES, default="dog", key="softmax_truth", required=True
        )
        temperature = right.slider("Temperature", 0.2, 5.0, 1.0, 0.1, key="softmax_temperature")
        label = figures.CLASSES.index(truth or "dog")
        chart = figures.softmax_bars(logits, label, temperature)
        st.plotly_chart(chart, key="softmax_chart", config=CONFIG, alt=alt)
        loss = figures.cross_entropy(logits, label, temperature)
        st.caption(
            f"Loss −log p({figures.CLASSES[label]}) = **{loss:.3f}**, computed just now from the sliders. "
            "The right class is orange."
        )


@st.fragment
def frozen_gradient(alt: str) -> None:
    """Four layers to freeze, and the gradient norms that backpropagation then computes."""
    from tl_core.learn import figures

    with st.container(border=True):
        chosen = st.pills(
            "Frozen layers",
            figures.LAYERS,
            selection_mode="multi",
            default=list(figures.LAYERS[:2]),
            key="frozen_layers",
            wrap=True,
        )
        frozen = [layer in chosen for layer in figures.LAYERS]
        st.plotly_chart(figures.gradient_bars(frozen), key="frozen_chart", config=CONFIG, alt=alt)
        st.caption(
            "A network of three small stages and a head, in NumPy, on 32 random inputs: each press computes one "
            "forward and one backward pass."
        )


@st.fragment
def schedules(alt: str) -> None:
    """The learning-rate schedules of the Lab."""
    from tl_core.learn import figures

    with st.container(border=True):
        left, right = st.columns(2)
        names = left.pills(
            "Schedules",
            list(figures.SCHEDULES),
            selection_mode="multi",
            default=list(figures.SCHEDULES),
            format_func=figures.SCHEDULES.__getitem__,
            key="schedule_names",
            wrap=True,
        )
        rate = right.select_slider("Highest rate", [1e-4, 3e-4, 1e-3, 3e-3, 1e-2], 1e-3, key="schedule_rate")
        chart = figures.schedule_curves(names, rate)
        st.plotly_chart(chart, key="schedule_chart", config=CONFIG, alt=alt)
        st.caption("Drawn by the same functions that set the rate in a run.")


@st.fragment
def imbalance(alt: str) -> None:
    """A detector of a rare class: its accuracy, F1 and ROC AUC."""
    from tl_core.base.wording import percent
    from tl_core.learn import figures

    with st.container(border=True):
        columns = st.columns(3)
        share = columns[0].slider("Share of the class, in percent", 1, 50, 5, key="imbalance_share") / 100
        apart = columns[1].slider("Distance between the mean scores", 0.0, 4.0, 1.5, 0.1, key="imbalance_apart")
        threshold = columns[2].slider("Threshold", -3.0, 6.0, 2.0, 0.1, key="imbalance_threshold")
        chart = figures.detector_scores(share, apart, threshold)
        st.plotly_chart(chart, key="imbalance_chart", config=CONFIG, alt=alt)
        found = figures.detector(share, apart, threshold)
        with st.container(horizontal=True, gap="large"):
            st.metric("Accuracy", percent(found.accuracy), width="content")
            st.metric("F1 of the class", percent(found.f1), width="content")
            st.metric("Macro F1", percent(found.macro_f1), width="content")
            st.metric("ROC AUC", f"{found.roc_auc:.3f}", width="content")
        st.caption(
            f"Precision {percent(found.precision)}, recall {percent(found.recall)}. Computed just now, for scores that "
            f"are normally distributed. Always answering no would be right in {percent(1 - share)}."
        )


FIGURES: dict[str, Callable[[str], None]] = {
    "loss": loss,
    "softmax": softmax,
    "frozen_gradient": frozen_gradient,
    "schedules": schedules,
    "imbalance": imbalance,
    **tuning_figures.FIGURES,
    **concept_figures.FIGURES,
}

"""Pictures and small live figures that each belong to one chapter of the Learn page. Each live one runs on its own."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.shared.widgets import recorded_leads
from tl_core.base.settings import ASSETS
from tl_core.catalog import BACKBONES, DATASETS
from tl_core.figures.layout import STATIC

SENTENCE = ("The", "film", "is", "slow", "at", "first", "but", "the", "ending", "makes", "up", "for", "all", "of", "it")
BACKBONE = "tiny_resnet_glyphs"
CLASSES = 10
TASKS = ASSETS / "pictures" / "tasks.png"  # made by tl_core.ml.making.task_examples
ENLARGED = 3  # so that pixels stay pixels


def source_and_target(alt: str) -> None:
    """Pictures of the source task above pictures of the target task."""
    import numpy as np
    from PIL import Image

    with Image.open(TASKS) as sheet:
        rows = np.split(np.asarray(sheet.convert("RGB")).repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1), 2)
    with st.container(border=True):
        tasks = {"Source": BACKBONES[BACKBONE].source_task, "Target": DATASETS["pictograms"].title}
        for (role, task), pictures in zip(tasks.items(), rows, strict=True):
            st.markdown(f"**{role}:** {task}")
            st.image(pictures, width="stretch", alt=f"{role}: {task}")
        st.caption(f"{alt}.")


def lanes(alt: str) -> None:
    """The two networks of the race on Home."""
    with st.container(border=True):
        st.html(ASSETS / "pictures" / "lanes.html")
        st.caption(f"{alt}.")


@st.fragment
def stages(alt: str) -> None:
    """Parameters that train, with a slider for how many stages are frozen."""
    from tl_core.base.wording import count
    from tl_core.catalog import card
    from tl_core.learn import concepts
    from tl_core.races import plans

    network = card(BACKBONE)
    params = {plans.stage_label(stage.name): stage.params for stage in network.stages}
    head = (network.stages[-1].output_shape[-1] + 1) * CLASSES
    with st.container(border=True):
        frozen = st.slider("Frozen stages, from the bottom", 0, len(params), len(params), key="stages_frozen")
        st.plotly_chart(concepts.stage_bars(params, frozen, head), key="stages_chart", config=STATIC, alt=alt)
        trained = sum(list(params.values())[frozen:]) + head
        st.caption(f"**{count(trained)}** of {count(sum(params.values()) + head)} parameters train.")


@st.fragment
def pixels(alt: str) -> None:
    """What a pixel becomes, prepared rightly and wrongly."""
    from tl_core.learn import concepts

    with st.container(border=True):
        value = st.slider("Red value of a pixel", 0, 255, 200, key="pixel_value")
        st.plotly_chart(concepts.pixel_lines(value), key="pixel_chart", config=STATIC, alt=alt)
        st.caption(
            f"ResNet50 and VGG expect **{concepts.resnet_input(value):.1f}** here and get **{value / 255:.2f}** when "
            "pixels are divided by 255: to them every such picture is the same even grey."
        )


@st.fragment
def test_images(alt: str) -> None:
    """How wide the interval of an accuracy is."""
    from tl_core.base.wording import percent, points
    from tl_core.learn import concepts

    with st.container(border=True):
        left, right = st.columns(2)
        accuracy = left.slider("Accuracy, in percent", 1, 99, 80, key="interval_accuracy") / 100
        images = right.select_slider(
            "Test images", [20, 50, 100, 200, 500, 1000, 2000, 5000], 100, key="interval_images"
        )
        chart = concepts.interval_over_images(accuracy, images)
        st.plotly_chart(chart, key="interval_chart", config=STATIC, alt=alt)
        low, high = concepts.wilson(accuracy, images)
        st.caption(
            f"{percent(accuracy)} on {images:,} test images: Wilson's 95 % interval is {percent(low)} to "
            f"{percent(high)}, **{points(high - low)}** wide."
        )


@st.fragment
def leep(alt: str) -> None:
    """LEEP of a small example."""
    from tl_core.learn import concepts

    with st.container(border=True):
        share = st.slider(
            "Probability on the source classes of the right label, in percent", 50, 100, 80, key="leep_share"
        )
        st.plotly_chart(concepts.leep_curve(share / 100), key="leep_chart", config=STATIC, alt=alt)
        score = concepts.leep(*concepts.four_classes(share / 100))
        st.caption(f"LEEP = **{score:.3f}**, computed just now for four source classes and two target labels.")


@st.fragment
def zero_shot(alt: str) -> None:
    """A picture among three captions."""
    from tl_core.learn import concepts

    with st.container(border=True):
        angle = st.slider("Direction of the picture's vector, in degrees", -10, 40, 2, key="zero_shot_angle")
        st.plotly_chart(concepts.zero_shot_bars(angle), key="zero_shot_chart", config=STATIC, alt=alt)
        ways = ", ".join(f"“{name}” at {direction:.0f}°" for name, direction in concepts.CAPTIONS.items())
        st.caption(
            f"A drawing in two dimensions, not CLIP itself: {ways}. Softmax of {concepts.CLIP_SCALE:.0f} times the "
            "cosine, computed just now."
        )


@st.fragment
def gaps(alt: str) -> None:
    """A sentence with words hidden, to be filled in."""
    from tl_core.learn import concepts

    with st.container(border=True):
        left, right = st.columns(2)
        share = left.slider("Hidden words, in percent", 5, 80, 15, 5, key="gaps_share") / 100
        draw = right.number_input("Draw", 1, 100, 1, key="gaps_draw")
        blanks = concepts.hidden(SENTENCE, share, int(draw))
        shown = " ".join("▁▁▁▁" if gap else word for word, gap in zip(SENTENCE, blanks, strict=True))
        st.markdown(f"**{shown}**")
        answers = ", ".join(word for word, gap in zip(SENTENCE, blanks, strict=True) if gap)
        st.caption(f"{alt}. Hidden here: {answers}.")


def works(alt: str) -> None:
    """Every cited work, by year and topic."""
    from tl_core.learn import concepts

    st.plotly_chart(concepts.works(), key="works_chart", config=STATIC, alt=alt)


def leads(alt: str) -> None:
    """The recorded leads of transfer, on pictograms first."""
    _leads("pictograms", alt)


def claimed(alt: str) -> None:
    """The same, on digits first: there a lead is small, and may be none."""
    _leads("digits", alt)


def _leads(first: str, alt: str) -> None:
    with st.container(border=True):
        recorded_leads.draw(first, f"learn_leads_{first}")
        st.caption(f"{alt}.")


FIGURES: dict[str, Callable[[str], None]] = {
    "source_and_target": source_and_target,
    "lanes": lanes,
    "stages": stages,
    "pixels": pixels,
    "test_images": test_images,
    "leep": leep,
    "zero_shot": zero_shot,
    "gaps": gaps,
    "works": works,
    "leads": leads,
    "claimed": claimed,
}

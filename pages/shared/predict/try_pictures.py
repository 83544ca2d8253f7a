"""Pictures in, every arm's opinion out: probabilities, and the training pictures that look most alike to it."""

from __future__ import annotations

import secrets
from html import escape

import streamlit as st

from pages.shared import arriving
from pages.shared.predict import marked_words, question
from pages.shared.widgets import refused_files
from pages.shared.widgets.arm_label import arm_label, style
from pages.shared.widgets.inline_pictures import figure
from pages.shared.widgets.markdown import plain
from tl_core.base.questions import NEIGHBOURS, PICTURES, Call, Predict, Prediction, Seen
from tl_core.base.settings import settings
from tl_core.base.wording import many, percent, together
from tl_core.processes import trained
from tl_core.results.arm import arm_titles
from tl_core.results.experiments import held
from tl_core.store import Run

SOURCES = {
    "test": ":material/grid_view: Test pictures",
    "files": ":material/upload_file: Files",
    "camera": ":material/photo_camera: Camera",
    "microphone": ":material/mic: Microphone",
    "typed": ":material/keyboard: Write",
}
SHOWN = 5  # classes of each picture
SOME = 4  # test pictures at once


def draw(runs: list[Run]) -> None:
    """Where the pictures come from, and what becomes of them."""
    key, holds = f"prediction_{runs[0].experiment_id}", held(runs)
    source = st.segmented_control(
        holds.said("Pictures"),
        holds.sources,
        default="test",
        required=True,
        key="predict_source",
        format_func=lambda name: holds.said(SOURCES[name]),
        on_change=question.forget,
        args=(key,),
        label_visibility="collapsed",
    )
    if source == "test":
        asked = _from_test(runs, key)
    elif source == "typed":
        asked = _typed(runs)
    else:
        asked = _from_student(runs, str(source))
    if asked is not None:
        question.ask(key, asked)
    found = question.answer(key)
    if isinstance(found, Prediction):
        _show(found, runs)


def _from_test(runs: list[Run], key: str) -> Predict | None:
    """Some of the test pictures, the first ones without being asked for."""
    st.caption(held(runs).said(f"{SOME} test pictures: no arm was trained on them, and their labels are known."))
    others = st.button(f"Predict {SOME} others", icon=":material/casino:", key="predict_test")
    if not others and key in st.session_state:
        return None
    models = tuple(trained.model_of(run) for run in runs)
    return Predict(models, test_pictures=SOME, seed=secrets.randbelow(2**31) if others else 0)


def _typed(runs: list[Run]) -> Predict | None:
    holds = held(runs)
    label = f"Up to {PICTURES} {holds.many}, one a line"
    text = st.text_area(label, key="predict_typed", placeholder=holds.like)
    _where_they_go(runs)
    lines = [line for line in text.splitlines() if line.strip()]
    if not st.button("Predict", type="primary", icon=":material/send:", key="predict_lines"):
        return None
    if not lines:
        st.info(f"Write a {holds.one} first.")
        return None
    if len(lines) > PICTURES:
        st.warning(f"{PICTURES} {holds.many} at once are the limit: these are the first of {len(lines):,}.")
    models = tuple(trained.model_of(run) for run in runs)
    files = tuple((f"Line {i}", line.encode()) for i, line in enumerate(lines[:PICTURES], start=1))
    return Predict(models, files)


def _from_student(runs: list[Run], source: str) -> Predict | None:
    said = held(runs).said
    if source == "files":
        files = st.file_uploader(
            said(f"Up to {PICTURES} pictures"), held(runs).endings, accept_multiple_files=True, key="predict_files"
        )
    else:
        device = st.camera_input if source == "camera" else st.audio_input
        taken = device(source.capitalize(), key=f"predict_{source}", label_visibility="collapsed")
        files = [taken] if taken is not None else []
    arriving.claim(file.file_id for file in files)
    refused_files.told()
    _where_they_go(runs)
    if not st.button("Predict", type="primary", icon=":material/send:", key="predict", disabled=not files):
        return None
    limit = settings().image_bytes
    for file in files[:PICTURES]:
        if file.size > limit:
            st.error(f"{plain(file.name)} has {file.size / 1e6:,.0f} MB; {limit / 1e6:,.0f} MB are the limit.")
            return None
    if len(files) > PICTURES:
        st.warning(
            said(f"{PICTURES} pictures at once are the limit: these are the first of {many(len(files), 'picture')}.")
        )
    models = tuple(trained.model_of(run) for run in runs)
    return Predict(models, tuple((file.name, file.getvalue()) for file in files[:PICTURES]))


def _where_they_go(runs: list[Run]) -> None:
    holds = held(runs)
    st.caption(
        f"{holds.shown.format(holds.of_size(runs[0].spec.image_size))} {holds.many.capitalize()} go to the server's "
        "memory only, nobody else sees them, and they are gone with this page."
    )


def _show(found: Prediction, runs: list[Run]) -> None:
    for name, reason in found.refused:
        st.warning(plain(f"{name} {reason}."), icon=":material/block:")
    titles = arm_titles(runs)
    for picture in found.pictures:
        with st.container(border=True):
            left, *columns = st.columns([1, *[2] * len(runs)], gap="medium")
            with left:
                name = picture.name if picture.truth is None else held(runs).said(picture.name)
                st.html(f'<div class="tl-seen">{figure(picture.given, escape(name), name)}</div>')
            for run, column in zip(runs, columns, strict=True):
                with column:
                    st.html(_opinion(run, titles[run.id], picture, found.classes))
    if note := marked_words.note(found):
        st.caption(note)
    near = (
        f"Below the bars: the {NEIGHBOURS} training pictures whose features, as the head gets them, are the most "
        f"similar (cosine similarity). {plain(found.note)}"
    )
    st.caption(held(runs).said(near))


def _opinion(run: Run, title: str, picture: Seen, classes: tuple[str, ...]) -> str:
    call = picture.calls[run.id]
    best = sorted(range(len(classes)), key=lambda i: -call.probabilities[i])[:SHOWN]
    verdict = ""
    if picture.truth is not None:
        verdict = " ✓ right" if call.labels == picture.truth else " ✕ wrong"
    bars = "".join(
        f'<div class="bar"><span class="name">{escape(classes[i])}</span><span class="track"><span class="fill" '
        f'style="width:{call.probabilities[i]:.1%};background:{style(run.strategy)[0]}"></span></span>'
        f'<span class="value">{percent(call.probabilities[i])}</span></div>'
        for i in best
    )
    said = escape(together(call.labels))
    head = f"<p>{arm_label(title, style(run.strategy))}<span> {said}{verdict}</span></p>"
    words = marked_words.html(call, picture.given)
    return f'<div class="tl-call">{head}{words}<div class="bars">{bars}</div>{_near(call)}</div>'


def _near(call: Call) -> str:
    figures = "".join(
        figure(near.pixels, f"{escape(together(near.labels))}<br> {near.similarity:.2f}", together(near.labels))
        for near in call.neighbours
    )
    return f'<div class="tl-near">{figures}</div>'

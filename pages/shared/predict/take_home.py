"""The model and the run as files to keep: prepared when asked for, then downloaded."""

from __future__ import annotations

import io
import zipfile

import streamlit as st

from pages.shared.predict import choice, question
from pages.shared.widgets.markdown import plain
from tl_core.base.questions import Package
from tl_core.catalog import Modality
from tl_core.processes import models, trained
from tl_core.results import take_home
from tl_core.results.experiments import held, title_of
from tl_core.store import Run, open_store

FORMATS = {
    "keras": ("Keras model", "Takes pictures of any size; labels and preprocessing are inside."),
    "tflite": ("TensorFlow Lite model", "For phones and small boards; the labels are in the file."),
    "script": ("Python script", "Trains the run again with plain Keras. A zip with its pictures and first weights."),
    "notebook": ("Jupyter notebook", "The same, cell by cell."),
    "csv": ("History as CSV", "Accuracy, loss and learning rate of every epoch."),
    "card": ("Model card", "Data, strategy, scores with their interval, limits and licences, in Markdown."),
}
AT_ONCE = ("csv", "card")  # the others are prepared first


def draw(runs: list[Run]) -> None:
    """Choose an arm and a form, then download it."""
    run, holds = choice.arm(runs, "home_arm"), held(runs)
    form = st.radio(
        "What",
        list(FORMATS),
        key="home_form",
        format_func=lambda name: FORMATS[name][0],
        captions=[_about(name, holds) for name in FORMATS],
        label_visibility="collapsed",
    )
    if form in AT_ONCE:
        _at_once(run, form)
    else:
        _prepared(run, form)


def _about(form: str, holds: Modality) -> str:
    return holds.beside if form in trained.MODELS and holds.beside else holds.said(FORMATS[form][1])


def _at_once(run: Run, form: str) -> None:
    name = f"history-{run.id}.csv" if form == "csv" else f"model-card-{run.id}.md"
    st.download_button(
        f"Download {name}",
        lambda: _text(run, form),
        name,
        "text/csv" if form == "csv" else "text/markdown",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
        key=f"download_{form}_{run.id}",
    )


def _text(run: Run, form: str) -> bytes:
    if form == "csv":
        return take_home.history(open_store().metrics([run.id])).encode()
    return take_home.card(run, title_of(run)).encode()


def _prepared(run: Run, form: str) -> None:
    if form in trained.MODELS and (why := models.gone([run]).get(run.id)):
        st.info(plain(why), icon=":material/auto_delete:")
        return
    key = f"package_{form}_{run.id}"
    if question.idle(key) and st.button(
        f"Prepare the {FORMATS[form][0]}", type="primary", icon=":material/package_2:", key=f"prepare_{form}_{run.id}"
    ):
        question.ask(key, trained.pack(run, form, title_of(run)))  # type: ignore[arg-type]
        st.rerun()
    found = question.answer(key)
    if isinstance(found, Package):
        name, content = _one_file(found, run, form)
        st.download_button(
            f"Download {name} ({len(content) / 1e6:.1f} MB)",
            content,
            name,
            "application/octet-stream",
            type="primary",
            icon=":material/download:",
            on_click="ignore",
            key=f"download_{form}_{run.id}",
        )


def _one_file(found: Package, run: Run, form: str) -> tuple[str, bytes]:
    first, content = next(iter(found.files.items()))
    stem, _, ending = first.rpartition(".")
    if len(found.files) == 1:
        return f"{stem}-{run.id}.{ending}", content
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, one in found.files.items():
            archive.writestr(name, one)
    return f"{form}-{run.id}.zip", whole.getvalue()

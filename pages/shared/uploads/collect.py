"""Collecting examples for a data set: archive, folder, files, camera, microphone, sentences; then the button for it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.shared.uploads import draft_table, progress
from pages.shared.widgets import refused_files
from pages.shared.widgets.markdown import plain
from tl_core.base.settings import settings
from tl_core.base.wording import many
from tl_core.uploads import drafts, intake, on_the_spot, sentences, stored, tables
from tl_core.uploads.decode import KNOWN
from tl_core.uploads.drafts import Upload
from tl_core.uploads.kinds import KINDS
from tl_core.uploads.labels import TABLES, clean_label
from tl_core.uploads.limits import UploadError, megabytes
from tl_core.uploads.recordings import LONGEST
from tl_core.uploads.records import Kind
from tl_core.uploads.spectrograms import RATE

TYPED = 100_000  # characters at once
TURN = "intake_turn"  # in the session: counts the uploads, so that each begins with an empty widget


def draw(student: str) -> None:
    """Everything from an empty collection to the button."""
    st.header("Add pictures, recordings or sentences", anchor=False)
    progress.told()
    most = settings().datasets_each
    if len(stored.owned(student)) >= most:
        st.info(f"You have {many(most, 'data set')}, which is the limit: delete one first.", icon=":material/info:")
        return
    left, right = st.columns([1.25, 1], gap="large")
    with left:
        way = st.segmented_control(
            "How",
            list(WAYS),
            default="archive",
            required=True,
            key="intake_way",
            format_func=lambda name: WAYS[name][0],
            wrap=True,
            label_visibility="collapsed",
        )
        WAYS[way][1](student)
        refused_files.told()
        if problem := st.session_state.pop("intake_problem", None):
            st.error(plain(problem), icon=":material/block:")
        st.caption(_limits_of_sentences() if way == "sentences" else _limits(student))
    with right:
        draft_table.draw(student)


def _archive(student: str) -> None:
    st.markdown("A zip with **a folder for each class**; the folder's name becomes the name of the class.")
    st.file_uploader(
        "Zip archive",
        ["zip"],
        key=_key("archive"),
        on_change=_on_archive,
        args=(student,),
        max_upload_size=_largest(),
        label_visibility="collapsed",
    )


def _folder(student: str) -> None:
    st.markdown("A folder that holds **a folder for each class**. On a phone, choose Files instead.")
    st.file_uploader(
        "Folder",
        drafts.endings(tables=True),
        accept_multiple_files="directory",
        key=_key("folder"),
        on_change=_on_folder,
        args=(student,),
        max_upload_size=_largest(),
        label_visibility="collapsed",
    )


def _files(student: str) -> None:
    label = _class(student)
    st.file_uploader(
        "Pictures or recordings of this class",
        drafts.endings(),
        accept_multiple_files=True,
        key=_key("files"),
        on_change=_on_files,
        args=(student, label),
        max_upload_size=_largest(),
        disabled=not label,
    )


def _camera(student: str) -> None:
    label = _class(student)
    st.camera_input(
        f"Photos of {plain(label)}" if label else "Name the class, then take its photos",
        key=_key("camera"),
        on_change=_on_photo,
        args=(student, label),
        disabled=not label,
        resolution="480p",
    )
    if label:
        st.caption(f"{_so_far(student, label, 'pictures')} Vary the angle, the light and the background.")


def _microphone(student: str) -> None:
    label = _class(student)
    st.audio_input(
        f"Recordings of {plain(label)}" if label else "Name the class, then record it",
        sample_rate=RATE,
        key=_key("microphone"),
        on_change=_on_recording,
        args=(student, label),
        disabled=not label,
    )
    if label:
        st.caption(f"{_so_far(student, label, 'sounds')} Vary the voice, the distance and the pace.")


def _sentences(student: str) -> None:
    st.markdown("A CSV or Excel table with a row for each sentence, and the columns **text** and **label**.")
    st.file_uploader(
        "Table of sentences",
        sorted(ending.removeprefix(".") for ending in TABLES),
        key=_key("table"),
        on_change=_on_archive,
        args=(student, "table"),
        max_upload_size=tables.LARGEST // 1024**2,
        label_visibility="collapsed",
    )
    st.markdown("Or write them here, class by class.")
    label = _class(student)
    st.text_area(
        f"Sentences of {plain(label)}, one a line" if label else "Name the class, then write its sentences",
        max_chars=TYPED,
        key=_key("typed"),
        disabled=not label,
    )
    st.button(
        "Add", icon=":material/add:", key="add_typed", disabled=not label, on_click=_on_typed, args=(student, label)
    )
    if label:
        st.caption(_so_far(student, label, "sentences"))


WAYS: dict[str, tuple[str, Callable[[str], None]]] = {
    "archive": ("Zip", _archive),
    "folder": ("Folder", _folder),
    "files": ("Files", _files),
    "camera": ("Camera", _camera),
    "microphone": ("Microphone", _microphone),
    "sentences": ("Sentences", _sentences),
}


def _so_far(student: str, label: str, kind: Kind) -> str:
    there = drafts.items(student)
    taken = drafts.counts(there).get(label, 0) if drafts.holds(there) == kind else 0
    return f"{many(taken, KINDS[kind].one)} of {plain(label)} so far."


def _class(student: str) -> str:
    known = list(drafts.counts(drafts.items(student)))
    chosen = st.selectbox(
        "Class",
        known,
        None,
        key="intake_class",
        accept_new_options=True,
        placeholder="Type a name, such as ants" if not known else "Choose a class, or type a new name",
    )
    return clean_label(chosen or "")


def _on_archive(student: str, way: str = "archive") -> None:
    _receive(way, lambda files: [drafts.add_archive(student, file) for file in files])


def _on_folder(student: str) -> None:
    _receive("folder", lambda files: drafts.add_folder(student, files))


def _on_files(student: str, label: str) -> None:
    _receive("files", lambda files: drafts.add_files(student, label, files))


def _on_photo(student: str, label: str) -> None:
    _receive("camera", lambda files: [on_the_spot.add_photo(student, label, file.data) for file in files])


def _on_recording(student: str, label: str) -> None:
    _receive("microphone", lambda files: [on_the_spot.add_recording(student, label, file.data) for file in files])


def _on_typed(student: str, label: str) -> None:
    progress.forget()
    try:
        on_the_spot.add_sentences(student, label, st.session_state[_key("typed")])
        st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
    except UploadError as error:
        st.session_state["intake_problem"] = str(error)


def _receive(way: str, add: Callable[[list[Upload]], object]) -> None:
    """Bring what the browser sent to the disk, and have the server's memory forget it."""
    value = st.session_state[_key(way)]
    files = value if isinstance(value, list) else [value] if value else []
    progress.forget()
    try:
        if files:
            add([Upload(file.name, file.getvalue()) for file in files])
    except UploadError as error:
        st.session_state["intake_problem"] = str(error)
    finally:
        _forget([file.file_id for file in files])
        st.session_state[TURN] = st.session_state.get(TURN, 0) + 1


def _forget(file_ids: list[str]) -> None:
    """Streamlit keeps every uploaded byte in memory until the visitor leaves."""
    context = get_script_run_ctx()
    if context is not None:
        for file_id in file_ids:
            context.uploaded_file_mgr.remove_file(context.session_id, file_id)  # type: ignore[attr-defined]


def _key(way: str) -> str:
    return f"intake_{way}_{st.session_state.get(TURN, 0)}"


def _largest() -> int:
    """MB that one file may have."""
    limits = settings()
    return max(
        1, min(min(limits.upload_bytes, limits.arriving_each_bytes) // 1024**2, st.get_option("server.maxUploadSize"))
    )


def _limits_of_sentences() -> str:
    return (
        f"At most {settings().upload_images:,} sentences of {sentences.LONGEST:,} characters, in any script. Commas, "
        "semicolons, tabs or bars may stand between the cells."
    )


def _limits(student: str) -> str:
    limits = settings()
    return (
        f"{KNOWN}; WAV, FLAC, OGG or MP3. At most {limits.upload_images:,} pictures or recordings and "
        f"{megabytes(limits.upload_bytes)} together, {_largest()} MB per file, {limits.image_pixels / 1e6:g} million "
        f"pixels per picture, {LONGEST:.0f} seconds per recording. You may keep "
        f"{many(limits.datasets_each, 'data set')} of {megabytes(limits.datasets_each_bytes)} together, and there is "
        f"room for {megabytes(intake.room(student))} more. Pictures are cropped to their central square, and of a "
        "recording the loudest second is kept; the rest of the file, such as where it was taken, is dropped."
    )

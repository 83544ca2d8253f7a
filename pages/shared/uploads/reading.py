"""What was concluded from the names in an archive or a folder, and the way to say otherwise."""

from __future__ import annotations

import zlib
from typing import TypeVar

import streamlit as st

from pages.shared.widgets.markdown import plain
from tl_core.base.wording import listed, many
from tl_core.catalog import MODALITIES
from tl_core.uploads import drafts
from tl_core.uploads.choices import FOLDERS, Choice, Conclusion
from tl_core.uploads.code_pages import CODE_PAGES
from tl_core.uploads.drafts import Item
from tl_core.uploads.kinds import KINDS
from tl_core.uploads.limits import UploadError

REASONS = 4  # why files are left out that are told
CONCLUDED = "As concluded"
Value = TypeVar("Value")


def draw(student: str, item: Item) -> None:
    """The conclusion in sentences, what is left out, and the settings that change it."""
    said = MODALITIES[item.modality].said
    if item.conclusion.together:
        st.caption(f":material/merge: {plain(f'The folders {listed(item.conclusion.together)} were put together.')}")
    for note in item.conclusion.notes:
        st.caption(f":material/info: {plain(said(note))}")
    for reason, (files, one) in list(item.left_out.items())[:REASONS]:
        some = many(files, KINDS[item.modality].piece)
        st.caption(f":material/block: {some} left out, such as {plain(one)}, which {plain(reason)}.")
    if _settings(item.conclusion):
        with st.expander("Read it differently", icon=":material/tune:"):
            _form(student, item)


def _settings(conclusion: Conclusion) -> bool:
    names_matter = conclusion.encoding != "ascii" or bool(conclusion.levels)
    return bool(names_matter or conclusion.tables or conclusion.parts or len(conclusion.columns) > 1)


def _form(student: str, item: Item) -> None:
    found, chosen, said = item.conclusion, item.conclusion.choice, MODALITIES[item.modality].said
    key = f"read_{item.file}_{zlib.crc32(chosen.model_dump_json().encode())}"  # other widgets once it is read anew
    new = chosen.model_dump()
    if not found.labels and found.levels:
        names = {-1: CONCLUDED} | {
            level: f"Folders {listed(folders, most=4)}" for level, folders in enumerate(found.levels)
        }
        level = _select("The classes are", names, -1 if chosen.level is None else chosen.level, f"{key}_level")
        new["level"] = level if level >= 0 else None
    if found.tables:
        tables = {"": CONCLUDED, FOLDERS: "In the folders"} | {table: f"In {table}" for table in found.tables}
        new["labels"] = _select("Where the labels are", tables, chosen.labels, f"{key}_labels")
    if len(found.columns) > 1:
        columns = {"": CONCLUDED} | {column: column for column in found.columns}
        new["column"] = _select("The column of the labels", columns, chosen.column, f"{key}_column")
    if found.parts:
        parts = {"": "A quarter of each class, drawn here"} | {
            part: f"{part}, as published: {many(pictures, said('picture'))}" for part, pictures in found.parts.items()
        }
        new["test_part"] = _select(said("The test pictures are"), parts, chosen.test_part, f"{key}_test")
    if found.encoding != "ascii":
        pages = {"": f"{CONCLUDED}: {CODE_PAGES[found.encoding].title}"} | {
            encoding: page.title for encoding, page in CODE_PAGES.items()
        }
        new["encoding"] = _select("The names are written in", pages, chosen.encoding, f"{key}_encoding")
    wanted = Choice(**new)
    if wanted != chosen:
        _read_again(student, item, wanted)


def _select(label: str, names: dict[Value, str], value: Value, key: str) -> Value:
    options = list(names)
    place = options.index(value) if value in options else 0
    return st.selectbox(label, options, place, key=key, format_func=names.__getitem__)


def _read_again(student: str, item: Item, wanted: Choice) -> None:
    if (wanted.labels, wanted.level) != (item.conclusion.choice.labels, item.conclusion.choice.level):
        wanted = wanted.model_copy(update={"column": "", "test_part": ""})  # other classes have other parts
    try:
        drafts.read_again(student, item, wanted)
    except UploadError as error:
        st.error(plain(str(error)), icon=":material/block:")
        return
    st.rerun()

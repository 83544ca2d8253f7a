"""The name of a file in an upload: which class it belongs to, and whether it may be taken at all."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

LABEL_LENGTH = 60
PARTS = {"train", "training", "val", "valid", "validation", "test", "testing"}
PICTURES = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"}
ARCHIVES = {".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst"}
LITTER = {"__macosx", "thumbs.db", "desktop.ini"}


def shown(name: str) -> str:
    """A name that can be printed and written as UTF-8: control characters and lone surrogates are replaced."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in ("Cc", "Cs") else c for c in name)


def clean_label(text: str) -> str:
    """A folder's name as the name of a class, in Unicode's composed form; "" when nothing usable is left.

    Invisible and control characters go, so that no two classes look alike; a comma becomes a space, because lists
    of classes are written with commas.
    """
    text = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode("utf-8"))
    kept = (" " if c == "," or c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join("".join(kept).split())


def class_level(folders: Sequence[tuple[str, ...]]) -> int:
    """How many leading folders lie above the class folders, given the folders of every picture.

    A single top folder is passed over, and so are `train`, `val` and `test` side by side.
    """
    level = 0
    while True:
        here = {path[level].casefold() for path in folders if len(path) > level}
        below = {path[level + 1] for path in folders if len(path) > level + 1}
        all_deeper = all(len(path) > level + 1 for path in folders)
        wrapped = len(here) == 1 and (len(below) > 1 or all_deeper)
        divided = len(here) > 1 and here <= PARTS and all_deeper
        if not below or not (wrapped or divided):
            return level
        level += 1


def hidden(path: Sequence[str]) -> bool:
    """Whether a system keeps this for itself: hidden files, macOS' and Windows' litter. Such files are passed over."""
    return any(part.startswith(".") or part.casefold() in LITTER for part in path)


def bad_path(name: str) -> str:
    """Why a path leads astray, as the end of a sentence; "" when it does not."""
    if name.startswith("/") or name[1:2] == ":":
        return "has an absolute path, which does not belong into an archive"
    return "has a path that leads out of the archive" if ".." in name.split("/") else ""


def bad_suffix(name: str) -> str:
    """Why a file is refused by its ending, as the end of a sentence; "" when it is not."""
    return "is an archive inside the upload: unpack it first" if PurePosixPath(name).suffix.lower() in ARCHIVES else ""

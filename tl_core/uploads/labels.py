"""The name of a file in an upload: how it is shown, the class it may name, and whether it may be taken at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

LABEL_LENGTH = 60
PICTURES = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".ico"}
PICTURES |= {".avif", ".avifs", ".heic", ".heif", ".hif"}
SOUNDS = {".wav", ".flac", ".ogg", ".oga", ".mp3"}
UNHEARD = {".m4a", ".aac", ".wma", ".aif", ".aiff", ".opus", ".amr", ".caf"}  # meant as a sound, and so refused
UNREADABLE = set(  # what is meant as a picture and is refused by its kind once it is looked at
    str.split(
        ".dcm .dicom .dng .nef .cr2 .cr3 .arw .raf .orf .rw2 .pef .svg .pdf .eps .psd .xcf .jxl .jp2 .j2k .ppm .pgm "
        ".pbm .pnm .exr .hdr .fits .mp4 .mov .avi .mkv .webm .m4v .mpg .mpeg .wmv"
    )
)
TABLES = {".csv", ".tsv", ".xlsx"}
ARCHIVES = {".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst"}
LITTER = {"__macosx", "thumbs.db", "desktop.ini"}
# Format characters that make another word or picture: joiners, the tags of flags, and the visible signs of scripts.
SPOKEN = re.compile("[\u200c\u200d\u0600-\u0605\u06dd\u070f\u08e2\U000e0020-\U000e007f]")
DRIVE = re.compile(r"[A-Za-z]:/")


def shown(name: str) -> str:
    """A name that can be printed and written as UTF-8: control characters and lone surrogates are replaced."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in ("Cc", "Cs") else c for c in name)


def clean_label(text: str) -> str:
    """A folder's name as the name of a class, in Unicode's composed form; "" when nothing usable is left.

    Control characters, and those that only steer how text is set, go: no two classes look alike.
    """
    text = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) == "Cs" else c for c in text)
    kept = (" " if c.isspace() else c for c in unicodedata.normalize("NFC", text) if c.isspace() or _is_seen(c))
    words = " ".join("".join(kept).split()).strip("\u200c\u200d ")
    return unicodedata.normalize("NFC", words)


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf") or bool(SPOKEN.match(character))


def escaped(name: str) -> str:
    """A name in quotes, with whatever cannot be seen in it written as a code point."""
    marked = (c if c == " " or c.isprintable() else f"<U+{ord(c):04X}>" for c in name)
    return f"'{''.join(marked)}'"


def hidden(path: Sequence[str]) -> bool:
    """Whether a system keeps this for itself: hidden files, macOS' and Windows' litter. Such files are passed over."""
    return any(part.startswith(".") or part.casefold() in LITTER for part in path)


def bad_path(name: str) -> str:
    """Why a path leads astray, as the end of a sentence; "" when it does not."""
    if name.startswith("/") or DRIVE.match(name):
        return "has an absolute path, which does not belong in an archive"
    return "has a path that leads out of the archive" if ".." in name.split("/") else ""


def in_order(name: str) -> list[tuple[int, str]]:
    """What names are sorted by, so that 2 comes before 10."""
    pieces = enumerate(re.split("([0-9]+)", name))
    return [(len(piece.lstrip("0")), piece.lstrip("0")) if i % 2 else (0, piece) for i, piece in pieces]


def suffix(name: str) -> str:
    """The ending of a file's name in small letters, with its dot."""
    return PurePosixPath(name).suffix.lower()


def bad_suffix(name: str) -> str:
    """Why a file is refused by its ending, as the end of a sentence; "" when it is not."""
    return "is an archive inside the upload: unpack it first" if suffix(name) in ARCHIVES else ""

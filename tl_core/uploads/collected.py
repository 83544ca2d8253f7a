"""One file of a draft: an example of a class, an archive with what was concluded from its names, or a table."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from tl_core.uploads import reader
from tl_core.uploads.choices import Choice, Conclusion
from tl_core.uploads.kinds import KINDS
from tl_core.uploads.labels import ARCHIVES, PICTURES, SOUNDS, TABLES, shown, suffix
from tl_core.uploads.limits import UploadError
from tl_core.uploads.reader import Contents, Found
from tl_core.uploads.records import Kind


class Item(BaseModel):
    """One file of a draft: an example of a class, an archive (of a folder, too), or a table of sentences."""

    model_config = ConfigDict(frozen=True)

    name: str  # as it is shown; never a path that is opened
    size: int  # bytes
    file: str  # in the draft's folder
    label: str = ""  # of an example; "": an archive or a table
    modality: Kind = "pictures"
    counts: dict[str, int] = {}  # class → examples of an archive or a table
    left_out: dict[str, tuple[int, str]] = {}  # reason, the end of a sentence → how many files, and one of them
    conclusion: Conclusion = Conclusion()  # of an archive or a table


class Upload(NamedTuple):
    """A file as the browser sent it. `name` may have folders in it."""

    name: str
    data: bytes


def pack(files: Sequence[Upload], path: Path) -> None:
    """Write the files of a folder into one archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {shown(file.name): file.data for file in files}.items():
            archive.writestr(name, data)


def usual_suffix(name: str) -> str:
    """The ending of an archive's or a table's name where it is a usual one: what it is read as is told by it."""
    return its if (its := suffix(name)) in PICTURES | SOUNDS | ARCHIVES | TABLES else ""


def concluded(archive: Path, name: str, size: int, choice: Choice) -> Item:
    """An archive or a table that lies in a draft's folder, an archive read by its directory.

    Raises UploadError as `opened` does.
    """
    with opened(archive, name, choice) as contents:
        refused: dict[str, list[str]] = {}
        for file, reason in contents.rejected:
            refused.setdefault(reason, []).append(file)
        return Item(
            name=name,
            size=size,
            file=archive.name,
            modality=contents.modality,
            counts=dict(sorted(Counter(one.label for one in contents.found if _promises(one, contents)).items())),
            left_out={reason: (len(files), files[0]) for reason, files in refused.items()},
            conclusion=contents.conclusion,
        )


def _promises(one: Found, contents: Contents) -> bool:
    endings = KINDS[contents.modality].endings
    return not endings or suffix(one.file) in endings


@contextmanager
def opened(archive: Path, name: str, choice: Choice) -> Iterator[Contents]:
    """The archive's contents; a refusal calls it by the name it came with."""
    with ExitStack() as stack:
        try:
            contents = stack.enter_context(reader.opened(archive, choice))
        except UploadError as error:
            raise UploadError(str(error).replace(archive.name, name)) from error
        yield contents

"""What is concluded from an upload's names, and how somebody may say otherwise."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

FOLDERS = "folders"  # as `Choice.labels`: the folders are the classes, whatever a table says


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Choice(_Kept):
    """How an upload is to be read. Everything that is left out is concluded from the names."""

    encoding: str = ""  # of names in an archive that does not say it, a key of CODE_PAGES
    level: int | None = Field(None, ge=0)  # so many folders lie above the class folders
    labels: str = ""  # the table that gives the classes, by its path in the upload; FOLDERS for none
    column: str = ""  # of that table
    test_part: str = ""  # the part, as its publisher divided it, that is held out; "": drawn here


class Conclusion(_Kept):
    """What an upload was read as, and what else it could be."""

    choice: Choice = Choice()  # made by somebody
    together: tuple[str, ...] = ()  # folders above the classes that were put together, such as train and test
    notes: tuple[str, ...] = ()  # what may be wrong about it, in sentences
    encoding: str = "ascii"  # of the names that do not say it; "ascii" when that makes no difference
    levels: tuple[tuple[str, ...], ...] = ()  # the folders at each depth
    parts: dict[str, int] = {}  # part → its pictures
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()  # of the table that is used
    labels: str = ""  # the table that is used, and its column
    column: str = ""

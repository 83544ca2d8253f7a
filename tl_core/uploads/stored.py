"""Uploaded data sets on the disk: immutable, content-addressed, each student's own.

A folder of `datasets` in the data home holds one of them:

    manifest.json   what it is: title, classes and counts, owner, times, split seed
    rows.json       one entry for each picture: file, label, group of copies, test part, size
    report.json     what was refused and why, and the copies among the pictures
    pictures.u8     (N, SIDE, SIDE, 3) uint8, nothing else; or
    sounds.bin      N times a spectrogram and the second that was heard, as `kinds.SOUND`; or
    sentences.jsonl one sentence in each line, as JSON

It is written under another name and published by one rename. Its id is a keyed hash of owner and content: the same
pictures of the same student are the same data set, and nobody else can guess the id or learn that it exists.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO

import numpy as np
from pydantic import BaseModel, ValidationError

from tl_core.base.questions import Example, Sound
from tl_core.base.settings import settings
from tl_core.base.signing import signed
from tl_core.uploads.decode import SIDE
from tl_core.uploads.kinds import KINDS
from tl_core.uploads.records import Kind, Manifest, Report, Rows

PREFIX = "own_"
ID = re.compile(PREFIX + "[0-9a-f]{24}")
MANIFEST, ROWS, REPORT = "manifest.json", "rows.json", "report.json"
EXAMPLES = tuple(how.file for how in KINDS.values())
UNFINISHED = ".new-"
FORMAT = 1  # of what is stored; a higher one makes other ids
ABANDONED_S = 3600.0  # an unfinished folder that has not changed for so long is a crashed upload's


def find(name: str) -> Manifest | None:
    """The data set with this id, whoever owns it; None when there is none. One that has expired is `gone`."""
    if not ID.fullmatch(name):
        return None
    path = settings().datasets / name / MANIFEST
    try:
        manifest = _read_manifest(path, path.stat().st_mtime_ns)
    except (OSError, ValidationError):
        return None
    return manifest.model_copy(update={"gone": manifest.gone or manifest.expires_at < time.time()})


@lru_cache(maxsize=256)
def _read_manifest(path: Path, mtime_ns: int) -> Manifest:
    return Manifest.model_validate_json(path.read_bytes())


def owned(owner: str) -> list[Manifest]:
    """The owner's data sets that have not expired, newest first."""
    mine = [manifest for manifest in everything() if manifest.owner == owner and not manifest.gone]
    return sorted(mine, key=lambda manifest: (-manifest.created_at, manifest.id))


def everything() -> Iterator[Manifest]:
    """Every data set on this machine, for looking after the disk."""
    with suppress(FileNotFoundError):
        for path in sorted(settings().datasets.iterdir()):
            if manifest := find(path.name):
                yield manifest


def belongs(name: str, owner: str) -> bool:
    """Whether the data set exists and is the owner's."""
    return (manifest := find(name)) is not None and manifest.owner == owner


def kind(name: str) -> Kind:
    """What a data set holds. Raises FileNotFoundError when there is none."""
    if (manifest := find(name)) is None:
        raise FileNotFoundError(f"there is no data set {name}")
    return manifest.modality


def records(name: str) -> np.ndarray:
    """(N, …) as `kinds.Handling.record`, memory-mapped: only what is looked at is read. (N,) str of sentences.

    Raises FileNotFoundError when they are gone, ValueError when the file is damaged.
    """
    how, rows = KINDS[kind(name)], len(read_rows(name).labels)
    path = settings().datasets / name / how.file
    if how.record is None:
        lines = path.read_bytes().splitlines()
        if len(lines) != rows:
            raise ValueError(f"{path} is damaged: it has {len(lines)} lines for {rows} {how.many}.")
        return np.array([json.loads(line) for line in lines], object)
    if path.stat().st_size != rows * how.record.itemsize:
        raise ValueError(f"{path} is damaged: its size does not fit its {rows} {how.many}.")
    return np.memmap(path, how.record, "r", shape=(rows,))


def examples(name: str) -> np.ndarray:
    """What a network is given of them: (N, H, W, 3) uint8 of pictures and of spectrograms; (N,) str of sentences.

    Raises as `records` does.
    """
    found = records(name)
    return found["picture"] if found.dtype.names else found


def shown(name: str, places: Sequence[int]) -> list[Example]:
    """Some of them as a person is shown them, so that a recording can be played. Raises as `records` does."""
    found = records(name)
    if not found.dtype.names:
        return [found[i] for i in places]
    return [Sound(found["picture"][i], np.trim_zeros(found["heard"][i], "b")) for i in places]


def read_rows(name: str) -> Rows:
    return Rows.model_validate_json((settings().datasets / name / ROWS).read_bytes())


def read_report(name: str) -> Report:
    return Report.model_validate_json((settings().datasets / name / REPORT).read_bytes())


def id_of(owner: str, rows: Rows, names: list[str], split_seed: int, given: bool = False) -> str:
    """The id that these pictures have as a data set of this owner. `given`: the test part is not drawn here."""
    content = hashlib.sha256(repr((FORMAT, SIDE, split_seed)).encode())
    labels = [rows.labels_of(i) for i in range(len(rows.labels))]
    for its, digest, is_test in sorted(zip(labels, rows.digests, rows.is_test, strict=True)):
        said = "\0".join(names[label] for label in its)
        content.update(f"{said}\0{digest}{' test' if given and is_test else ''}\n".encode())
    return PREFIX + signed(f"{owner}\0{content.hexdigest()}")[:24]


class Writer:
    """A data set in the making. Examples are appended to a file as they come, never held in memory."""

    def __init__(self, folder: Path, file: IO[bytes]) -> None:
        self._folder, self._file = folder, file

    def add(self, example: np.ndarray | str) -> None:
        """Append one record (see `kinds.Handling.record`), or one sentence. Raises OSError when the disk is full."""
        sentence = isinstance(example, str)
        self._file.write(f"{json.dumps(example)}\n".encode() if sentence else np.asarray(example).tobytes())

    def publish(self, manifest: Manifest, rows: Rows, report: Report) -> None:
        """Make it visible, complete or not at all. Where the same data set is there already, that one stays,
        under the new title and with a new time to live."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        home = settings().datasets / manifest.id
        for name, model in ((ROWS, rows), (REPORT, report), (MANIFEST, manifest)):
            _write(self._folder / name, model)
        if (old := find(manifest.id)) and old.gone:
            discard(manifest.id)
        try:
            self._folder.rename(home)
        except OSError:
            if find(manifest.id) is None:
                raise
            _replace_manifest(manifest)
        _sync(home.parent)


@contextmanager
def writer(mark: str = "", modality: Kind = "pictures") -> Iterator[Writer]:
    """A new data set; whatever was not published when the `with` ends is removed.

    `mark` names who writes it, for `remove_unfinished` should that process die.
    """
    folder = settings().datasets / f"{UNFINISHED}{mark}{secrets.token_hex(8)}"
    settings().datasets.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)
    try:
        with (folder / KINDS[modality].file).open("wb") as file:
            yield Writer(folder, file)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned() -> None:
    """Remove what crashed uploads and deletions left behind."""
    with suppress(FileNotFoundError):
        for path in settings().datasets.glob(UNFINISHED + "*"):
            with suppress(OSError):
                newest = max(part.stat().st_mtime for part in (path, *path.iterdir()))
                if time.time() - newest > ABANDONED_S:
                    shutil.rmtree(path, ignore_errors=True)


def remove_unfinished(mark: str) -> None:
    """Remove what a writer of this mark, whose process is gone, left behind."""
    for path in settings().datasets.glob(f"{UNFINISHED}{mark}*"):
        shutil.rmtree(path, ignore_errors=True)


def discard(name: str, keep_manifest: bool = False) -> None:
    """Remove what a data set holds and every activation cached from them.

    `keep_manifest`: its title and classes stay, so that results made with it can still be read.
    """
    manifest, home = find(name), settings().datasets / name
    if manifest is None:
        return
    doomed = settings().datasets / (UNFINISHED + secrets.token_hex(8))
    if keep_manifest:
        _replace_manifest(manifest.model_copy(update={"gone": True}))
        for part in (*EXAMPLES, ROWS, REPORT):
            (home / part).unlink(missing_ok=True)
    else:
        home.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)
    for path in settings().activations.glob(f"{name}-*"):
        path.unlink(missing_ok=True)


def has_examples(name: str) -> bool:
    return any((settings().datasets / name / file).exists() for file in EXAMPLES)


def bytes_used(owner: str = "") -> int:
    """Bytes of all uploaded examples on this machine, or of one owner's."""
    names = [manifest.id for manifest in owned(owner)] if owner else ["*"]
    places = [f"{name}/{file}" for name in names for file in EXAMPLES]
    return sum(path.stat().st_size for place in places for path in settings().datasets.glob(place))


def _replace_manifest(manifest: Manifest) -> None:
    home = settings().datasets / manifest.id
    partial = home / f"{MANIFEST}.{secrets.token_hex(4)}.partial"
    _write(partial, manifest)
    partial.replace(home / MANIFEST)


def _write(path: Path, model: BaseModel) -> None:
    with path.open("wb") as file:
        file.write(model.model_dump_json(indent=1).encode())
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Have a rename survive a power cut, where the system lets folders be synced."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

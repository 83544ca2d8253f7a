"""From an upload to a data set: every file or row decoded, checked, compared with the others, and stored as trained on.

Imports no TensorFlow. Memory stays bounded: examples go to the disk one at a time, and of each only its mark stays.
"""

from __future__ import annotations

import errno
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from tl_core.base.events import Emit, Progress, ShouldStop, Stopped
from tl_core.base.settings import settings
from tl_core.base.wording import together
from tl_core.uploads import quality, stored, subsets
from tl_core.uploads.decode import Depth, Refused, Scales, full_scales
from tl_core.uploads.kinds import KINDS, Opened
from tl_core.uploads.labels import in_order
from tl_core.uploads.limits import UploadError, megabytes
from tl_core.uploads.reader import Contents, Found
from tl_core.uploads.records import Copies, Kind, Manifest, Report, Rows

EMIT_S = 0.25
SCALING = "Reading pictures of more than 8 bits again"
TITLE_LENGTH = 80
Rejections = list[tuple[str, str]]  # file, reason


class Intake(NamedTuple):
    """What came of an upload. `dataset` is None when it cannot be trained on; `problem` then says why."""

    dataset: Manifest | None
    problem: str
    classes: dict[str, int]
    report: Report
    warnings: list[str]


class Taken(NamedTuple):
    """One example that is stored."""

    label: str
    file: str
    digest: str  # see `kinds.Opened`, and so `size` and `blank`
    held_out: bool = False  # in the test part that it came in
    also: tuple[str, ...] = ()  # its other labels, where a picture can have several
    size: tuple[int, int] | None = None
    blank: bool | None = None


class Stored(NamedTuple):
    """What was written of an upload, in this order. `groups` (N,) numbers copies."""

    taken: list[Taken]
    groups: np.ndarray
    scales: Scales
    notes: tuple[str, ...] = ()


def intake(
    contents: Contents, title: str, owner: str, emit: Emit, should_stop: ShouldStop, split_seed: int = 0, mark: str = ""
) -> Intake:
    """Make a data set of an upload's contents. `mark`: see `stored.writer`.

    Raises
    ------
    UploadError
        When a limit is reached or the disk is full; nothing is left behind.
    Stopped
        When `should_stop` says so; likewise.
    """
    check_room(len(contents.found), owner, contents.modality)
    with storing(mark, contents.modality) as writer:
        rejected = [(file, reason) for file, reason in contents.rejected]
        there = _store(writer, contents, rejected, emit, should_stop)
        lost = quality.lost([found[:2] for found in contents.found], {one.label for one in there.taken}, rejected)
        report = Report(
            rejected=tuple(sorted(rejected, key=lambda one: in_order(one[0]))),
            skipped=contents.skipped,
            parts=contents.conclusion.together,
            test_part=contents.conclusion.choice.test_part,
            notes=(*lost, *contents.conclusion.notes, *there.notes),
        )
        return publish(writer, there, report, title, owner, split_seed, contents.modality)


def _store(
    writer: stored.Writer, contents: Contents, rejected: Rejections, emit: Emit, should_stop: ShouldStop
) -> Stored:
    taken, marks, dark = [], [], 0
    scales: Scales = {}
    for found, one in _opened(contents, scales, rejected, emit, should_stop):
        writer.add(one.example)
        marks.append(one.mark)
        dark += one.dark
        taken.append(Taken(found.label, found.file, one.digest, found.held_out, found.also, one.size, one.blank))
    emit(Progress("Looking for copies", 0, 1))
    notes = (*quality.scaled(scales), *quality.darkness(dark))
    return Stored(taken, KINDS[contents.modality].groups(marks), scales, notes)


@contextmanager
def storing(mark: str = "", modality: Kind = "pictures") -> Iterator[stored.Writer]:
    """A writer of a new data set; what goes wrong with the disk becomes an UploadError, and nothing is left."""
    stored.remove_abandoned()
    try:
        with stored.writer(mark, modality) as writer:
            yield writer
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            raise UploadError("The disk of the server is full, so nothing was kept. Delete data sets first.") from error
        raise UploadError(
            f"The {KINDS[modality].many} could not be stored ({error.strerror or error}). Nothing was kept."
        ) from error


def check_room(images: int, owner: str, modality: Kind = "pictures", replaced: int = 0) -> None:
    """Raise an UploadError unless the owner may keep one more data set of so many examples, less those replaced."""
    limits, how = settings(), KINDS[modality]
    if images > limits.upload_images:
        raise UploadError(
            f"The upload has {images:,} {how.many}; the limit is {limits.upload_images:,} at once. Leave some out."
        )
    if len(stored.owned(owner)) - replaced >= limits.datasets_each:
        raise UploadError(
            f"You have {limits.datasets_each} data sets, which is the limit. Delete one that you no longer need."
        )
    needed = images * how.largest
    if needed > room(owner):
        raise UploadError(
            f"There is not enough room on the server for {images:,} {how.many}, which take {megabytes(needed)}: you "
            f"may add {megabytes(room(owner))}. Delete data sets that are no longer needed, or upload fewer {how.many}."
        )


def room(owner: str) -> int:
    """Bytes that the owner's data sets may still grow by: of the owner's limit, of everybody's, of the disk."""
    limits = settings()
    free = shutil.disk_usage(limits.home).free - limits.disk_spare_bytes
    mine = limits.datasets_each_bytes - stored.bytes_used(owner)
    return max(0, min(free, mine, limits.datasets_bytes - stored.bytes_used()))


def _opened(
    contents: Contents, scales: Scales, rejected: Rejections, emit: Emit, should_stop: ShouldStop
) -> Iterator[tuple[Found, Opened]]:
    """Every example; grey of more than 8 bits comes last, when all of it is known and has one scale, in `scales`."""
    deep: list[tuple[Found, Depth]] = []
    how = KINDS[contents.modality]

    def opened(data: bytes) -> Opened:
        return how.opened(data, scales)

    for found, one in _read(contents.found, f"Reading {how.many}", opened, rejected, emit, should_stop):
        if one.depth is None:
            yield found, one
        else:
            deep.append((found, one.depth))
    scales |= full_scales([depth for _, depth in deep])
    yield from _read([found for found, _ in deep], SCALING, opened, rejected, emit, should_stop)


def _read(
    wanted: Sequence[Found],
    label: str,
    opened: Callable[[bytes], Opened],
    rejected: Rejections,
    emit: Emit,
    should_stop: ShouldStop,
) -> Iterator[tuple[Found, Opened]]:
    read_bytes, told_s, began = 0, 0.0, time.monotonic()
    for done, found in enumerate(wanted):
        if should_stop():
            raise Stopped
        now = time.monotonic()
        if now - told_s >= EMIT_S:
            told_s = now
            emit(Progress(label, done, len(wanted), done / (now - began) if done else None))
        try:
            data = found.read()
            read_bytes += len(data)
            if read_bytes > settings().upload_bytes:
                raise UploadError(f"The upload unpacks to more than the limit of {megabytes(settings().upload_bytes)}.")
            yield found, opened(data)
        except Refused as refusal:
            rejected.append((found.file, str(refusal)))


def publish(
    writer: stored.Writer,
    there: Stored,
    report: Report,
    title: str,
    owner: str,
    split_seed: int,
    modality: Kind,
    expires_at: float | None = None,
) -> Intake:
    """Make what was written visible as a data set, when it can be trained on. `report` says what was left out."""
    groups, how = there.groups, KINDS[modality]
    taken = _agreeing(there.taken, groups)
    classes = dict(sorted(Counter(one.label for one in taken).items()))
    names = list(classes)
    labels = np.array([names.index(one.label) for one in taken], np.int32)
    report = report.model_copy(update={"copies": _copies(taken, groups)})
    digests = [one.digest for one in taken]
    problem = quality.problem(labels, groups, names, report.rejected, how.piece)
    if not problem and report.test_part:
        is_test = subsets.as_given(np.array([one.held_out for one in taken]), labels, groups)
        problem = quality.untestable(names, labels, is_test, report.test_part)
    elif not problem:
        is_test = subsets.held_out(labels, names, groups, digests, split_seed)
    if problem:
        return Intake(None, how.said(" ".join([problem, *report.notes])), classes, report, [])
    rows = Rows(
        files=tuple(one.file for one in taken),
        labels=tuple(labels.tolist()),
        groups=tuple(groups.tolist()),
        is_test=tuple(is_test.tolist()),
        sizes=tuple(one.size for one in taken if one.size is not None),
        digests=tuple(digests),
        blank=tuple(one.blank for one in taken if one.blank is not None),
        also=tuple(tuple(names.index(label) for label in one.also if label in names) for one in taken),
    )
    now = time.time()
    manifest = Manifest(
        id=stored.id_of(owner, rows, names, split_seed, bool(report.test_part)),
        title=title.strip()[:TITLE_LENGTH] or f"My {how.many}",
        owner=owner,
        created_at=now,
        expires_at=expires_at or now + settings().datasets_days * 86400,
        split_seed=split_seed,
        classes=classes,
        scales=there.scales,
        modality=modality,
        multi_label=any(rows.also),
        test={name: int(np.count_nonzero(is_test & (labels == label))) for label, name in enumerate(names)},
    )
    writer.publish(manifest, rows, report)
    warnings = [how.said(sentence) for sentence in quality.warnings(classes, rows, report)]
    return Intake(manifest, "", classes, report, warnings)


def _agreeing(taken: list[Taken], groups: np.ndarray) -> list[Taken]:
    """Copies with the same labels are drawn for the same one of them."""
    first: dict[tuple[int, frozenset[str]], Taken] = {}
    agreed = []
    for group, one in zip(groups.tolist(), taken, strict=True):
        its = first.setdefault((group, frozenset((one.label, *one.also))), one)
        agreed.append(one._replace(label=its.label, also=its.also))
    return agreed


def _copies(taken: list[Taken], groups: np.ndarray) -> tuple[Copies, ...]:
    """Every group of more than one picture, those across classes first."""
    members: dict[int, list[Taken]] = {}
    for group, one in zip(groups.tolist(), taken, strict=True):
        members.setdefault(group, []).append(one)
    found = [
        Copies(
            exact=len({one.digest for one in alike}) == 1,
            files=tuple(one.file for one in alike),
            classes=tuple(together(sorted((one.label, *one.also))) for one in alike),
        )
        for alike in members.values()
        if len(alike) > 1
    ]
    return tuple(sorted(found, key=lambda copies: (len(set(copies.classes)) == 1, *map(in_order, copies.files))))

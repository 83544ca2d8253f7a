"""From an upload to a data set: every file decoded, checked, compared with the others, and stored at training size.

Imports no TensorFlow. Memory stays bounded: pictures go to the disk one at a time, and of each only its marks stay.
"""

from __future__ import annotations

import errno
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from tl_core.base.events import Emit, Progress, ShouldStop, Stopped
from tl_core.base.settings import settings
from tl_core.base.wording import together
from tl_core.uploads import duplicates, quality, stored, subsets
from tl_core.uploads.decode import SIDE, Depth, Picture, Refused, Scales, decode, full_scales
from tl_core.uploads.limits import UploadError, megabytes
from tl_core.uploads.reader import Contents, Found
from tl_core.uploads.records import Copies, Manifest, Report, Rows

EMIT_S = 0.25
LABEL = "Reading pictures"
SCALING = "Reading pictures of more than 8 bits once more"
TITLE_LENGTH = 80


class Intake(NamedTuple):
    """What came of an upload. `dataset` is None when it cannot be trained on; `problem` then says why."""

    dataset: Manifest | None
    problem: str
    classes: dict[str, int]
    report: Report
    warnings: list[str]


class Taken(NamedTuple):
    """One picture that is stored."""

    label: str
    file: str
    size: tuple[int, int]  # width, height of the file in pixels
    digest: str  # SHA-256 of the pixels
    blank: bool
    held_out: bool  # in the test part that it came in
    also: tuple[str, ...] = ()  # its other labels, where a picture can have several


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
    check_room(len(contents.found), owner)
    with storing(mark) as writer:
        rejected = [(file, reason) for file, reason in contents.rejected]
        taken, marks, dark = [], [], 0
        scales: Scales = {}
        for found, picture in _decoded(contents, scales, rejected, emit, should_stop):
            writer.add(picture.pixels)
            mark_ = duplicates.mark(picture.pixels)
            marks.append(mark_)
            dark += quality.dark(picture.pixels)
            size = (picture.width, picture.height)
            blank = quality.blank(picture.pixels)
            taken.append(Taken(found.label, found.file, size, mark_.digest, blank, found.held_out, found.also))
        emit(Progress("Looking for copies", 0, 1))
        lost = quality.lost([found[:2] for found in contents.found], {one.label for one in taken}, rejected)
        report = Report(
            rejected=tuple(sorted(rejected)),
            skipped=contents.skipped,
            parts=contents.conclusion.together,
            test_part=contents.conclusion.choice.test_part,
            notes=(*lost, *contents.conclusion.notes, *quality.scaled(scales), *quality.darkness(dark)),
        )
        return publish(writer, taken, duplicates.groups(marks), report, title, owner, split_seed, scales=scales)


@contextmanager
def storing(mark: str = "") -> Iterator[stored.Writer]:
    """A writer of a new data set; what goes wrong with the disk becomes an UploadError, and nothing is left."""
    stored.remove_abandoned()
    try:
        with stored.writer(mark) as writer:
            yield writer
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            raise UploadError("The disk of the server is full, so nothing was kept. Delete data sets first.") from error
        raise UploadError(f"The pictures could not be stored ({error.strerror or error}). Nothing was kept.") from error


def check_room(images: int, owner: str, replaced: int = 0) -> None:
    """Raise an UploadError unless the owner may keep one more data set of so many images, less those replaced."""
    limits = settings()
    if images > limits.upload_images:
        raise UploadError(
            f"The upload has {images:,} pictures; {limits.upload_images:,} at once are the limit. Leave some out."
        )
    if len(stored.owned(owner)) - replaced >= limits.datasets_each:
        raise UploadError(
            f"You have {limits.datasets_each} data sets, which is the limit. Delete one that you no longer need."
        )
    needed = images * SIDE * SIDE * 3
    if needed > room(owner):
        raise UploadError(
            f"There is not enough room on the server for {images:,} pictures, which take {megabytes(needed)}: you may "
            f"add {megabytes(room(owner))}. Delete data sets that are no longer needed, or upload fewer pictures."
        )


def room(owner: str) -> int:
    """Bytes that the owner's data sets may still grow by: of the owner's limit, of everybody's, of the disk."""
    limits = settings()
    free = shutil.disk_usage(limits.home).free - limits.disk_spare_bytes
    mine = limits.datasets_each_bytes - stored.bytes_used(owner)
    return max(0, min(free, mine, limits.datasets_bytes - stored.bytes_used()))


def _decoded(
    contents: Contents, scales: Scales, rejected: list[tuple[str, str]], emit: Emit, should_stop: ShouldStop
) -> Iterator[tuple[Found, Picture]]:
    """Every picture; grey of more than 8 bits comes last, when all of it is known and has one scale, in `scales`."""
    deep: list[tuple[Found, Depth]] = []
    for found, picture in _read(contents.found, LABEL, {}, rejected, emit, should_stop):
        if picture.depth is None:
            yield found, picture
        else:
            deep.append((found, picture.depth))
    scales |= full_scales([depth for _, depth in deep])
    yield from _read([found for found, _ in deep], SCALING, scales, rejected, emit, should_stop)


def _read(
    wanted: Sequence[Found],
    label: str,
    scales: Scales,
    rejected: list[tuple[str, str]],
    emit: Emit,
    should_stop: ShouldStop,
) -> Iterator[tuple[Found, Picture]]:
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
            yield found, decode(data, scales)
        except Refused as refusal:
            rejected.append((found.file, str(refusal)))


def publish(
    writer: stored.Writer,
    taken: list[Taken],
    groups: np.ndarray,
    report: Report,
    title: str,
    owner: str,
    split_seed: int,
    expires_at: float | None = None,
    scales: Scales | None = None,
) -> Intake:
    """Make what was written visible as a data set, when it can be trained on.

    `groups` (N,) numbers the copies among `taken`, which are in the order in which they were written; `report`
    says what was left out.
    """
    taken = _agreeing(taken, groups)
    classes = dict(sorted(Counter(one.label for one in taken).items()))
    names = list(classes)
    labels = np.array([names.index(one.label) for one in taken], np.int32)
    report = report.model_copy(update={"copies": _copies(taken, groups)})
    digests = [one.digest for one in taken]
    problem = quality.problem(labels, groups, names, report.rejected)
    if not problem and report.test_part:
        is_test = subsets.as_given(np.array([one.held_out for one in taken]), labels, groups)
        problem = quality.untestable(names, labels, is_test, report.test_part)
    elif not problem:
        is_test = subsets.held_out(labels, names, groups, digests, split_seed)
    if problem:
        return Intake(None, " ".join([problem, *report.notes]), classes, report, [])
    rows = Rows(
        files=tuple(one.file for one in taken),
        labels=tuple(labels.tolist()),
        groups=tuple(groups.tolist()),
        is_test=tuple(is_test.tolist()),
        sizes=tuple(one.size for one in taken),
        digests=tuple(digests),
        blank=tuple(one.blank for one in taken),
        also=tuple(tuple(names.index(label) for label in one.also if label in names) for one in taken),
    )
    now = time.time()
    manifest = Manifest(
        id=stored.id_of(owner, rows, names, split_seed, bool(report.test_part)),
        title=title.strip()[:TITLE_LENGTH] or "My pictures",
        owner=owner,
        created_at=now,
        expires_at=expires_at or now + settings().datasets_days * 86400,
        split_seed=split_seed,
        classes=classes,
        scales=scales or {},
        multi_label=any(rows.also),
        test={name: int(np.count_nonzero(is_test & (labels == label))) for label, name in enumerate(names)},
    )
    writer.publish(manifest, rows, report)
    return Intake(manifest, "", classes, report, quality.warnings(classes, rows, report))


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
    return tuple(sorted(found, key=lambda copies: (len(set(copies.classes)) == 1, copies.files)))

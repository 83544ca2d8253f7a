"""What there is to say about pictures before anything is trained on them: pure functions that return sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from tl_core.base.wording import listed, many
from tl_core.uploads.decode import Scales
from tl_core.uploads.records import Report, Rows
from tl_core.uploads.subsets import across_classes

LEAST = 4  # different pictures per class: two to train on, one to validate, one to test
IMBALANCE = 3.0  # the largest class has so many times the pictures of the smallest
SMALL = 64  # pixels on the shorter side
FEW = 20  # test images in all
DARKEST = 31  # the largest value of a picture that is nearly black, of 255
BLANK_LEVELS = 4.0  # standard deviation of a picture's values, of 255


def problem(
    labels: np.ndarray,
    groups: np.ndarray,
    names: Sequence[str],
    rejected: Sequence[tuple[str, str]],
    piece: str = "file",
) -> str:
    """Why these pictures cannot be trained on, as one sentence; "" when they can.

    `labels` (N,) index `names`; `groups` (N,) number the copies; `rejected`: (file, reason); `piece`: what a file is.
    """
    if not len(labels) and rejected:
        file, reason = rejected[0]
        return f"None of its {many(len(rejected), piece)} could be taken: {file} {reason}."
    if not len(labels):
        return "There is no picture in it: upload a zip or a folder with a folder of pictures for each class."
    if len(names) < 2:
        return (
            f"There is only one class, '{names[0]}': a classifier needs at least two to tell apart."
            f"{_refused(rejected, piece)}"
        )
    doubtful = across_classes(labels, groups)
    for label, name in enumerate(names):
        here = groups[labels == label]
        different = len(np.setdiff1d(here, doubtful))
        if different < LEAST:
            return _too_few(name, len(here), different)
    return ""


def _refused(rejected: Sequence[tuple[str, str]], piece: str) -> str:
    """The most frequent reason, with an example; "" when nothing was refused."""
    if not rejected:
        return ""
    reason, times = Counter(reason for _, reason in rejected).most_common(1)[0]
    file = next(file for file, its in rejected if its == reason)
    whole = many(len(rejected), piece)
    return f" {whole} {_verb(len(rejected), 'was', 'were')} refused, {times:,} of them because: {file} {reason}."


def lost(wanted: Sequence[tuple[str, str]], kept: Iterable[str], rejected: Sequence[tuple[str, str]]) -> list[str]:
    """Why a class has no picture left, one sentence for each such class.

    `wanted`: (class, file) of every file that might have been a picture; `kept`: the classes that have pictures;
    `rejected`: (file, reason).
    """
    reasons, kept = dict(rejected), set(kept)
    gone: dict[str, list[str]] = {}
    for name, file in wanted:
        if name not in kept:
            gone.setdefault(name, []).append(file)
    return [
        f"Class '{name}' lost {'its only file' if len(files) == 1 else f'all of its {len(files):,} files'}: "
        f"{files[0]} {reasons.get(files[0], 'was refused')}."
        for name, files in gone.items()
    ]


def untestable(names: Sequence[str], labels: np.ndarray, is_test: np.ndarray, part: str) -> str:
    """Why a test part cannot be taken as it came, as one sentence; "" when it can. `is_test`: (N,) bool."""
    without = [name for label, name in enumerate(names) if not np.any(is_test & (labels == label))]
    if without:
        return (
            f"The part {part} has no test picture of {listed(without)} that is not a copy of another one: have the "
            "test part drawn here instead."
        )
    short = [name for label, name in enumerate(names) if np.sum(~is_test & (labels == label)) < LEAST - 1]
    if short:
        return f"Too few pictures of {listed(short)} lie outside {part}: at least {LEAST - 1} of each class are needed."
    return ""


def missing(counts: Mapping[str, int]) -> str:
    """What is needed before a data set can be made of so many files per class, as one sentence; "" when it may do.

    Files that are no pictures, and copies, are only found when they are read.
    """
    if len(counts) < 2:
        return "Add a second class: a classifier needs at least two to tell apart."
    short = [name for name, count in counts.items() if count < LEAST]
    names = listed([f"'{name}'" for name in short])
    return f"Add pictures of {names}: at least {LEAST} of each class are needed." if short else ""


def _too_few(name: str, images: int, different: int) -> str:
    but = "" if images == different else f", only {different} of them different from each other and from other classes"
    return (
        f"Class '{name}' has {many(images, 'picture')}{but}: at least {LEAST} different ones are needed, to train, "
        "to validate and to test."
    )


def warnings(classes: dict[str, int], rows: Rows, report: Report) -> list[str]:
    """What a careful eye sees in a data set that can be trained on, one sentence each."""
    found = [
        _imbalance(classes),
        _alike_names(list(classes)),
        *_copies(report),
        _small(rows),
        _blank(rows),
        _few(rows),
        _parts(report),
        *report.notes,
    ]
    return [sentence for sentence in found if sentence]


def blank(pixels: np.ndarray) -> bool:
    """Whether a picture, (H, W, 3) uint8, shows one even colour."""
    return float(pixels.reshape(-1, 3).std(axis=0).max()) < BLANK_LEVELS


def dark(pixels: np.ndarray) -> bool:
    """Whether a picture, (H, W, 3) uint8, is nearly black all over."""
    return int(pixels.max()) <= DARKEST


def scaled(scales: Scales) -> list[str]:
    """On which scale pictures of more than 8 bits were read."""
    return [
        f"Grey of more than 8 bits was read on one scale for all of its pictures: {low:g} is black, {high:g} is white."
        for low, high in scales.values()
    ]


def darkness(pictures: int) -> list[str]:
    """That so many pictures are nearly black; nothing when none is."""
    if not pictures:
        return []
    return [
        f"{many(pictures, 'picture')} {_verb(pictures, 'is', 'are')} nearly black: nothing in "
        f"{_verb(pictures, 'it', 'them')} is brighter than {DARKEST} of 255. If the camera wrote fewer bits than the "
        "file has, save the pictures with their full brightness."
    ]


def copies(rows: Rows) -> list[list[int]]:
    """The groups of pictures that are the same, exactly or nearly, by their place; those across classes first."""
    members: dict[int, list[int]] = {}
    for i, group in enumerate(rows.groups):
        members.setdefault(group, []).append(i)
    found = [group for group in members.values() if len(group) > 1]
    return sorted(found, key=lambda group: len({rows.labels[i] for i in group}) == 1)


def small(rows: Rows) -> list[int]:
    """The places of pictures that had to be enlarged much."""
    return [i for i, size in enumerate(rows.sizes) if min(size) < SMALL]


def _imbalance(classes: dict[str, int]) -> str:
    large, small = max(classes, key=classes.__getitem__), min(classes, key=classes.__getitem__)
    times = classes[large] / classes[small]
    if times < IMBALANCE:
        return ""
    return (
        f"The classes are uneven: '{large}' has {times:.1f} times the pictures of '{small}'. A model that always says "
        f"'{large}' would look good; set the images per class, or add pictures to the small class."
    )


def _alike_names(names: list[str]) -> str:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            return f"The classes '{other}' and '{name}' differ only in upper and lower case: should they be one?"
    return ""


def _copies(report: Report) -> list[str]:
    across = [copies for copies in report.copies if len(set(copies.classes)) > 1]
    within = sum(len(copies.files) - 1 for copies in report.copies if len(set(copies.classes)) == 1)
    sentences = []
    if across:
        first = across[0]
        sentences.append(
            f"{many(len(across), 'picture')} {_verb(len(across), 'lies', 'lie')} in more than one class, such as "
            f"{first.files[0]} and {first.files[-1]}: the label of one of them is wrong. They are never used for "
            "testing."
        )
    if within:
        sentences.append(
            f"{many(within, 'picture')} {_verb(within, 'is a copy', 'are copies')} of another in the same class, exact "
            "or nearly. Copies stay on one side of the split, so that no test picture was trained on."
        )
    return sentences


def _small(rows: Rows) -> str:
    found = len(small(rows))
    if not found:
        return ""
    return (
        f"{many(found, 'picture')} {_verb(found, 'is', 'are')} smaller than {SMALL} pixels: enlarged, they are blurred."
    )


def _blank(rows: Rows) -> str:
    empty = [rows.files[i] for i, is_blank in enumerate(rows.blank) if is_blank]
    if not empty:
        return ""
    return (
        f"{many(len(empty), 'picture')} {_verb(len(empty), 'shows', 'show')} a single colour and nothing else, "
        f"such as {empty[0]}."
    )


def _few(rows: Rows) -> str:
    tested = sum(rows.is_test)
    if tested >= FEW:
        return ""
    return (
        f"Only {many(tested, 'picture')} can be held out for the test, so one wrong answer moves the accuracy by "
        f"{100 / max(1, tested):.0f} points. More pictures give a finer accuracy."
    )


def _parts(report: Report) -> str:
    together = f"The folders {listed(report.parts)} were put together" if report.parts else ""
    if report.test_part:
        return f"{together}{'; ' if together else ''}{report.test_part} is the test part, as published."
    return f"{together}: the test part is drawn here, by the split seed." if together else ""


def _verb(number: int, one: str, several: str) -> str:
    return one if number == 1 else several

"""A data set made of a stored one: classes renamed, merged or dropped, another split, without a new upload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tl_core.base.events import Emit, Progress, ShouldStop, Stopped
from tl_core.uploads import stored
from tl_core.uploads.intake import Intake, Stored, Taken, check_room, publish, storing
from tl_core.uploads.kinds import KINDS
from tl_core.uploads.labels import LABEL_LENGTH, clean_label
from tl_core.uploads.limits import UploadError
from tl_core.uploads.records import Manifest, Rows

EACH = 100  # examples between two words of progress


def edited(
    name: str,
    owner: str,
    classes: Mapping[str, str],
    title: str,
    split_seed: int,
    emit: Emit,
    should_stop: ShouldStop,
    replace: bool = False,
    mark: str = "",
) -> Intake:
    """A new data set of the owner's from one of theirs, which stays as it is and sets the time of the new one's end.

    `classes` gives every class its new name; two with the same name become one, and "" drops a class. What the
    dictionary does not mention stays. `replace`: the old one will be deleted, so it does not count for the limit.

    Raises
    ------
    UploadError
        When there is no such data set, a name cannot be used, or a limit is reached; nothing is left behind.
    Stopped
        When `should_stop` says so; likewise.
    """
    manifest = stored.find(name)
    if manifest is None or manifest.gone or not stored.belongs(name, owner):
        raise UploadError("There is no such data set of yours: it may have been deleted.")
    rows, records = stored.read_rows(name), stored.records(name)
    new_names = [_new_name(old, classes.get(old, old)) for old in manifest.classes]
    renamed = [_renamed(rows.labels_of(i), new_names) for i in range(len(rows.labels))]
    kept = sorted((labels, rows.files[i], i) for i, labels in enumerate(renamed) if labels)
    check_room(len(kept), owner, manifest.modality, int(replace))
    with storing(mark, manifest.modality) as writer:
        for done, (_, _, i) in enumerate(kept):
            if done % EACH == 0:
                if should_stop():
                    raise Stopped
                emit(Progress(f"Copying {KINDS[manifest.modality].many}", done, len(kept)))
            writer.add(records[i])
        taken = [_taken(rows, i, labels) for labels, _, i in kept]
        groups = np.array([rows.groups[i] for _, _, i in kept], np.int32)
        report = stored.read_report(name)
        if split_seed != manifest.split_seed:
            report = report.model_copy(update={"test_part": ""})
        there = Stored(taken, groups, manifest.scales)
        return publish(writer, there, report, title, owner, split_seed, manifest.modality, manifest.expires_at)


def changes(manifest: Manifest, classes: Mapping[str, str], split_seed: int) -> str:
    """What an edit does, as one sentence; "" when it does nothing."""
    new = {old: clean_label(classes.get(old, old)) for old in manifest.classes}
    dropped = [old for old, name in new.items() if not name]
    merged = {name: [old for old in new if new[old] == name] for name in new.values() if name}
    parts = [f"{', '.join(olds)} become one class, {name}" for name, olds in merged.items() if len(olds) > 1]
    parts += [f"{olds[0]} is called {name}" for name, olds in merged.items() if len(olds) == 1 and olds[0] != name]
    parts += [f"{old} is dropped" for old in dropped]
    if split_seed != manifest.split_seed:
        parts.append(f"other {KINDS[manifest.modality].many} are held out for the test")
    sentence = "; ".join(parts)
    return f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""


def counts(manifest: Manifest, classes: Mapping[str, str]) -> dict[str, int]:
    """The classes that an edit leaves, with their pictures."""
    left: dict[str, int] = {}
    for old, images in manifest.classes.items():
        if name := clean_label(classes.get(old, old)):
            left[name] = left.get(name, 0) + images
    return left


def _new_name(old: str, wanted: str) -> str:
    name = clean_label(wanted)
    if len(name) > LABEL_LENGTH:
        raise UploadError(f"The new name of '{old}' is longer than {LABEL_LENGTH} characters: shorten it.")
    return name


def _renamed(labels: Sequence[int], new_names: Sequence[str]) -> tuple[str, ...]:
    """The new labels of a picture, without those that were dropped."""
    return tuple(dict.fromkeys(new_names[label] for label in labels if new_names[label]))


def _taken(rows: Rows, i: int, labels: Sequence[str]) -> Taken:
    label, *also = labels
    taken = Taken(label, rows.files[i], rows.digests[i], rows.is_test[i], tuple(also))
    return taken._replace(size=rows.sizes[i], blank=rows.blank[i]) if rows.sizes else taken

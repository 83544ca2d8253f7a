"""`python -m tl_core import`: a zip or a folder of pictures becomes a data set of one's own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from tl_core.base.events import Event, Progress
from tl_core.base.spec import SpecError
from tl_core.base.wording import many
from tl_core.catalog.check import check_seed
from tl_core.cli.follow import OWNER
from tl_core.cli.output import check_folders, write_json
from tl_core.processes import removal
from tl_core.uploads import intake, reader, stored
from tl_core.uploads.intake import Intake
from tl_core.uploads.limits import UploadError

SHOWN = 10  # refused files that are listed one by one on the screen


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `import`."""
    parser.add_argument("source", metavar="FILE_OR_FOLDER", help="a zip archive or a folder, a folder for each class")
    parser.add_argument("--name", default="", help="what to call the data set; default: the file's name")
    parser.add_argument("--split-seed", type=int, default=0, help="decides which quarter is held out for the test")
    parser.add_argument("--json", metavar="FILE", help="write what came of it here")


def run(wanted: argparse.Namespace) -> int:
    """0 when a usable data set came of it; 2, after one sentence, when not."""
    check_folders(wanted.json)
    check_seed("split seed", wanted.split_seed)
    if not wanted.source:
        raise SpecError("Name a zip archive or a folder of pictures.")
    removal.expire()
    source = Path(wanted.source)
    try:
        with reader.opened(source) as contents:
            result = _followed(contents, reader.shown(wanted.name) or _title(source), wanted.split_seed)
    except UploadError as error:
        refused = stored.Report(rejected=((reader.shown(source.name), str(error)),))
        result = Intake(None, str(error), {}, refused, [])
    write_json(wanted.json, report(result))
    if result.dataset is None:
        print(result.problem, file=sys.stderr)
        return 2
    _print(result)
    return 0


def _title(source: Path) -> str:
    whole = source.resolve()
    return reader.shown(whole.name if whole.is_dir() else whole.stem)


def _followed(contents: reader.Contents, title: str, split_seed: int) -> Intake:
    from rich.console import Console
    from rich.progress import Progress as Bars

    with Bars(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        task = bars.add_task(intake.LABEL, total=None)

        def emit(event: Event) -> None:
            if isinstance(event, Progress):
                bars.update(task, description=event.label, completed=event.done, total=event.total)

        return intake.intake(contents, title, OWNER, emit, lambda: False, split_seed)


def report(result: Intake) -> dict[str, Any]:
    """What --json writes. `dataset` is null when nothing usable came of it; `problem` then says why."""
    found = result.report
    return {
        "dataset": result.dataset.id if result.dataset else None,
        "title": result.dataset.title if result.dataset else None,
        "problem": result.problem,
        "classes": result.classes,
        "test": result.dataset.test if result.dataset else {},
        "refused": [{"file": file, "reason": reason} for file, reason in found.rejected],
        "skipped": found.skipped,
        "duplicates": [
            {
                "exact": copies.exact,
                "across_classes": len(set(copies.classes)) > 1,
                "files": [
                    {"file": file, "class": name} for file, name in zip(copies.files, copies.classes, strict=True)
                ],
            }
            for copies in found.copies
        ],
    }


def _print(result: Intake) -> None:
    assert result.dataset is not None
    for name, images in result.classes.items():
        print(f"{name}: {many(images, 'picture')}, {result.dataset.test[name]} of them for the test")
    found = result.report
    for file, reason in found.rejected[:SHOWN]:
        print(f"Refused: {file} {reason}.")
    if len(found.rejected) > SHOWN:
        print(f"Refused: {len(found.rejected) - SHOWN:,} more; --json lists them all.")
    for sentence in result.warnings:
        print(sentence)
    print(f"Train on it with: python -m tl_core race --dataset {result.dataset.id}")

"""`python -m tl_core import`: a zip or a folder of pictures or sounds, or a table of sentences, becomes a data set."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from tl_core.base.events import Event, Progress
from tl_core.base.spec import SpecError
from tl_core.base.wording import listed, many
from tl_core.catalog import MODALITIES
from tl_core.catalog.check import check_seed
from tl_core.cli.follow import owner
from tl_core.cli.output import check_folders, write_json
from tl_core.processes import removal
from tl_core.uploads import code_pages, intake, reader
from tl_core.uploads.choices import FOLDERS, Choice, Conclusion
from tl_core.uploads.code_pages import CODE_PAGES
from tl_core.uploads.intake import Intake
from tl_core.uploads.limits import UploadError
from tl_core.uploads.records import Report

SHOWN = 10  # refused files that are listed one by one on the screen


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `import`."""
    parser.add_argument(
        "source",
        metavar="FILE_OR_FOLDER",
        help="a zip archive or a folder of pictures or sounds (WAV, FLAC, OGG, MP3), with a folder for each class; or "
        "a CSV or Excel table of sentences with the columns text and label",
    )
    parser.add_argument("--name", default="", help="what to call the data set; default: the file's name")
    parser.add_argument("--split-seed", type=int, default=0, help="decides which quarter is held out for the test")
    parser.add_argument(
        "--class-level", type=int, metavar="N", help="the classes are the folders inside N others; 0: the outermost"
    )
    parser.add_argument(
        "--labels", default="", metavar="TABLE", help=f"the table that gives the classes, or “{FOLDERS}” for none"
    )
    parser.add_argument("--label-column", default="", metavar="COLUMN", help="the column of the classes in a table")
    parser.add_argument(
        "--test-part", default="", metavar="PART", help="hold out this part, such as test, as published"
    )
    parser.add_argument(
        "--names-in",
        default="",
        metavar="CODE_PAGE",
        choices=["", *CODE_PAGES],
        help=f"how names or a table are written, where they do not say so: {', '.join(CODE_PAGES)}",
    )
    parser.add_argument("--json", metavar="FILE", help="write the outcome here")


def run(wanted: argparse.Namespace) -> int:
    """0 when a usable data set came of it; 2, after one sentence, when not."""
    check_folders(wanted.json)
    check_seed("split seed", wanted.split_seed)
    if not wanted.source:
        raise SpecError("Name a zip archive or a folder of pictures or sounds, or a table of sentences.")
    if wanted.class_level is not None and wanted.class_level < 0:
        raise SpecError(f"The class level must be at least 0; it was {wanted.class_level}.")
    removal.expire()
    source, choice = Path(wanted.source), _choice(wanted)
    conclusion = Conclusion(choice=choice)
    try:
        with reader.opened(source, choice) as contents:
            conclusion = contents.conclusion
            result = _followed(contents, reader.shown(wanted.name) or _title(source), wanted.split_seed)
    except UploadError as error:
        refused = Report(rejected=((reader.shown(source.name), str(error)),))
        result = Intake(None, str(error), {}, refused, [])
    write_json(wanted.json, report(result, conclusion))
    if result.dataset is None:
        print(result.problem, file=sys.stderr)
        return 2
    _print(result, conclusion)
    return 0


def _choice(wanted: argparse.Namespace) -> Choice:
    return Choice(
        encoding=wanted.names_in,
        level=wanted.class_level,
        labels=wanted.labels,
        column=wanted.label_column,
        test_part=wanted.test_part,
    )


def _title(source: Path) -> str:
    whole = source.resolve()
    return reader.shown(whole.name if whole.is_dir() else whole.stem)


def _followed(contents: reader.Contents, title: str, split_seed: int) -> Intake:
    from rich.console import Console
    from rich.progress import Progress as Bars

    with Bars(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        task = bars.add_task("Reading", total=None)

        def emit(event: Event) -> None:
            if isinstance(event, Progress):
                bars.update(task, description=event.label, completed=event.done, total=event.total)

        return intake.intake(contents, title, owner(), emit, lambda: False, split_seed)


def report(result: Intake, conclusion: Conclusion) -> dict[str, Any]:
    """What --json writes. `dataset` is null when nothing usable came of it; `problem` then says why."""
    found = result.report
    return {
        "dataset": result.dataset.id if result.dataset else None,
        "title": result.dataset.title if result.dataset else None,
        "problem": result.problem,
        "classes": result.classes,
        "test": result.dataset.test if result.dataset else {},
        "notes": list(conclusion.notes),
        "parts": conclusion.parts,
        "labels": {"table": conclusion.labels, "column": conclusion.column} if conclusion.labels else None,
        "names_in": conclusion.encoding,
        "warnings": result.warnings,
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


def _print(result: Intake, conclusion: Conclusion) -> None:
    assert result.dataset is not None
    one = MODALITIES[result.dataset.modality].said("picture")
    for name, images in result.classes.items():
        print(f"{name}: {many(images, one)}, {result.dataset.test[name]} of them for the test")
    found = result.report
    for file, reason in found.rejected[:SHOWN]:
        print(f"Refused: {file} {reason}.")
    if len(found.rejected) > SHOWN:
        print(f"Refused: {len(found.rejected) - SHOWN:,} more; --json lists them all.")
    for sentence in result.warnings:
        print(sentence)
    if conclusion.parts and not conclusion.choice.test_part:
        parts = listed([f"{name} ({many(examples, one)})" for name, examples in conclusion.parts.items()])
        print(f"To test on a part as published, import with --test-part: there is {parts}.")
    if code_pages.told(conclusion.encoding):
        print("To read it in another code page, import with --names-in.")
    print(f"Train on it with: python -m tl_core race --dataset {result.dataset.id}")

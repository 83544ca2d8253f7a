"""`python -m tl_core export`: the model of a finished run, or the run itself, to take home."""

from __future__ import annotations

import argparse
import io
import zipfile
from pathlib import Path
from typing import get_args

from tl_core.base.files import write
from tl_core.base.questions import Format, Package
from tl_core.base.spec import SpecError
from tl_core.cli.output import check_folders
from tl_core.cli.predict import asked, finished_run
from tl_core.processes import trained
from tl_core.results import take_home
from tl_core.results.experiments import title_of
from tl_core.store import Run, open_store

FORMATS = (*get_args(Format), "csv", "card")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `export`."""
    parser.add_argument("run_id", metavar="RUN_ID", help="`run` in the file that race --json wrote")
    parser.add_argument("--format", required=True, choices=FORMATS, help="what to write")
    parser.add_argument(
        "--to",
        required=True,
        metavar="PATH",
        help="the file; the examples and weights that a script or notebook reads are written beside it, or everything "
        "into one archive where PATH ends with .zip",
    )


def run(wanted: argparse.Namespace) -> int:
    """0 when everything is written; 2, after one sentence, when not: then nothing is."""
    check_folders(wanted.to)
    target = Path(wanted.to)
    found = finished_run(wanted.run_id)
    files = contents(found, wanted.format)
    first = next(iter(files))
    try:
        if target.suffix == ".zip":
            write(target, zipped(files))
        else:
            for name, content in reversed(files.items()):
                write(target if name == first else target.with_name(name), content)
                print(f"Wrote {target if name == first else target.with_name(name)}")
    except OSError as error:
        raise SpecError(f"{target} cannot be written: {error.strerror or error}.") from error
    return 0


def contents(found: Run, form: str) -> dict[str, bytes]:
    """File name → content; the first is the one that was asked for."""
    title = title_of(found)
    if form == "csv":
        return {"history.csv": take_home.history(open_store().metrics([found.id])).encode()}
    if form == "card":
        return {"card.md": take_home.card(found, title).encode()}
    answer = asked(trained.pack(found, form, title))  # type: ignore[arg-type]
    assert isinstance(answer, Package)
    return answer.files


def zipped(files: dict[str, bytes]) -> bytes:
    """One archive of several files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, one in files.items():
            archive.writestr(name, one)
    return content.getvalue()

"""`python -m tl_core predict`: the model of a finished run on examples of one's own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from tl_core.base.questions import PICTURES, Answer, Predict, Prediction, Question
from tl_core.base.settings import settings
from tl_core.base.spec import SpecError
from tl_core.base.wording import percent, together
from tl_core.catalog import MODALITIES
from tl_core.cli.output import check_folders, write_json
from tl_core.processes import models, trained
from tl_core.results.experiments import held
from tl_core.store import Run, open_store

SHOWN = 3  # classes of each picture on the screen


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `predict`."""
    parser.add_argument("run_id", metavar="RUN_ID", help="`run` in the file that race --json wrote")
    parser.add_argument(
        "images",
        metavar="IMAGE",
        nargs="+",
        help="files with a picture or a recording each; for a model of what can be written, that itself, such as "
        + " or ".join(f"'{holds.like}'" for holds in MODALITIES.values() if holds.like),
    )
    parser.add_argument("--json", metavar="FILE", help="write the predictions here")


def run(wanted: argparse.Namespace) -> int:
    """0 when at least one picture was predicted; 2, after one sentence, when not."""
    check_folders(wanted.json)
    found = finished_run(wanted.run_id)
    models.check(found)
    holds = held([found])
    if len(wanted.images) > PICTURES:
        raise SpecError(f"The limit is {PICTURES} {holds.many} at once; these are {len(wanted.images)}.")
    files = tuple((name, name.encode() if holds.like else _read(Path(name))) for name in wanted.images)
    answer = asked(Predict((trained.model_of(found),), files))
    assert isinstance(answer, Prediction)
    write_json(wanted.json, report(found.id, answer))
    for name, reason in answer.refused:
        print(f"Refused: {name} {reason}.", file=sys.stderr)
    for picture in answer.pictures:
        call = picture.calls[found.id]
        best = sorted(zip(call.probabilities, answer.classes, strict=True), key=lambda pair: -pair[0])[:SHOWN]
        said = ", ".join(f"{name} {percent(probability)}" for probability, name in best)
        print(f"{picture.name}: {together(call.labels)} ({said})")
    return 0


def finished_run(run_id: str) -> Run:
    """The run with this id. Raises SpecError when there is none to use."""
    found = open_store().run(run_id)
    if found is None:
        raise SpecError(f"There is no run {run_id!r} in the data home. `race --json FILE` writes the id of every run.")
    if found.status != "finished" or found.summary is None:
        raise SpecError(f"The run {run_id} is {found.status}; only a finished one has a model to use.")
    return found


def asked(question: Question) -> Answer:
    """The answer, with a line that says what is going on. Raises SpecError with the reason when there is none."""
    from rich.console import Console

    task = trained.ask(question)
    with Console(stderr=True).status("") as status:
        try:
            while not task.done.wait(0.2):
                now = task.progress
                status.update(f"{now.label} {now.done / now.total:.0%}" if now.total > 1 else now.label)
        finally:
            trained.shutdown()
    if task.answer is None:
        raise SpecError(task.problem)
    return task.answer


def _read(path: Path) -> bytes:
    limit = settings().image_bytes
    try:
        if path.stat().st_size > limit:
            raise SpecError(f"{path.name} has more than the limit of {limit / 1e6:,.0f} MB.")
        return path.read_bytes()
    except OSError as error:
        raise SpecError(f"{path} cannot be read: {error.strerror or error}.") from error


def report(run_id: str, answer: Prediction) -> dict[str, Any]:
    """What --json writes. `probability` is of the answer, `neighbours` are training pictures, nearest first.

    `words`, of a sentence, the first where there are many: by how much the best class is less probable without each.

    Where a picture has one label, `probabilities` add up to 1.
    """
    return {
        "run": run_id,
        "classes": list(answer.classes),
        "pictures": [
            {
                "file": picture.name,
                "label": together(call.labels),
                "labels": call.labels,
                "probability": call.probability,
                "probabilities": dict(zip(answer.classes, call.probabilities, strict=True)),
                "words": [{"word": word, "drop": drop} for word, drop in call.words],
                "neighbours": [
                    {"label": together(near.labels), "similarity": near.similarity} for near in call.neighbours
                ],
            }
            for picture in answer.pictures
            for call in (picture.calls[run_id],)
        ],
        "refused": [{"file": name, "reason": reason} for name, reason in answer.refused],
        "note": answer.note,
    }

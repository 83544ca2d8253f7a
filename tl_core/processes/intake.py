"""`python -m tl_core.processes.intake`: an intake as a process of its own, below the pages in priority.

A page starts it, looks at it, and may stop it; the two meet in files beside the student's draft, so a refresh, another
tab or a new server finds it again. It is one at a time for each student, and a few at a time on the machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from tl_core.base import files
from tl_core.base.events import Emit, Event, Progress, ShouldStop, Stopped
from tl_core.base.priority import give_way
from tl_core.base.settings import settings
from tl_core.processes import child
from tl_core.uploads import drafts, stored
from tl_core.uploads.limits import UploadError

AT_ONCE = 2  # on this machine; the others wait for their turn
STOP_S = 5.0  # one that has not stopped after so long is ended
WAIT_S = 0.25
STOPPED = "Stopped."
WAITING = "Waiting for other uploads"
PROCESS, PROGRESS, OUTCOME, STOP = "process.json", "progress.json", "outcome.json", "stop"
BEGUN, LOG = "begun", "log.txt"  # BEGUN: there is one to look at, until it is dismissed


class _Word(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Word = TypeVar("Word", bound=_Word)


class Edit(_Word):
    """Make the data set of a stored one (see `tl_core.uploads.editing`) instead of the draft."""

    dataset: str
    classes: dict[str, str]
    replace: bool = False  # delete the stored one once the new one is there


class Request(_Word):
    owner: str
    title: str
    split_seed: int = 0
    edit: Edit | None = None


class Ending(_Word):
    """How it ended: with a data set's id, or with one sentence that says why not."""

    dataset: str = ""
    problem: str = ""
    rejected: tuple[tuple[str, str], ...] = ()  # file, reason; of an intake that came to nothing
    note: str = ""


class _Process(_Word):
    pid: int
    created_at: float


class State(NamedTuple):
    """What a page shows. `progress` is there while it runs, `outcome` afterwards, until it is dismissed."""

    progress: Progress | None = None
    stopping: bool = False
    outcome: Ending | None = None


_children: dict[str, subprocess.Popen[bytes]] = {}
_LOCK = threading.Lock()


def start(request: Request) -> None:
    """Begin. Does nothing while one of this student goes on."""
    with _LOCK:
        if look(request.owner).progress is not None:
            return
        work = _work(request.owner)
        work.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (PROCESS, PROGRESS, OUTCOME, STOP, LOG):
            (work / name).unlink(missing_ok=True)
        _children[str(work)] = process = child.start("tl_core.processes.intake", log=work / LOG)
        (work / BEGUN).touch()
        assert process.stdin is not None
        with suppress(BrokenPipeError), process.stdin:
            process.stdin.write(request.model_dump_json().encode() + b"\n")
        threading.Thread(target=process.wait, daemon=True).start()  # so that its end is noticed, whoever looks


def look(owner: str) -> State:
    """How it stands with this student's intake."""
    work = _work(owner)
    if not (work / BEGUN).exists():
        return State()
    alive = _alive(work)
    outcome = _read(work / OUTCOME, Ending)
    if outcome is not None:
        return State(outcome=outcome)
    if alive:
        stop = work / STOP
        with suppress(OSError):
            if time.time() - stop.stat().st_mtime > STOP_S:
                _kill(work)
        return State(_progress(work) or Progress("Starting", 0, 1), stop.exists())
    stopped = (work / STOP).exists()
    return State(outcome=_conclude(owner, Ending(problem=STOPPED if stopped else _crashed(owner))))


def stop(owner: str) -> None:
    """Ask it to stop; nothing of a data set is left, and the draft stays."""
    with suppress(OSError):
        (_work(owner) / STOP).touch()


def dismiss(owner: str) -> None:
    """Forget how it ended."""
    for name in (BEGUN, OUTCOME, PROGRESS, PROCESS, STOP):
        (_work(owner) / name).unlink(missing_ok=True)


def _crashed(owner: str) -> str:
    child = _children.get(str(_work(owner)))
    status = f" (exit status {child.returncode})" if child is not None and child.returncode is not None else ""
    return (
        f"Reading the files ended unexpectedly{status}; often the server is short of memory. Nothing is lost: try "
        "again, or leave out the largest ones."
    )


def _conclude(owner: str, outcome: Ending) -> Ending:
    """Write the end of an intake whose process is gone, and remove what it left."""
    stored.remove_unfinished(drafts.mark(owner))
    _write(_work(owner) / OUTCOME, outcome)
    return outcome


def _work(owner: str) -> Path:
    return drafts.folder(owner) / "work"


def _alive(work: Path) -> bool:
    child = _children.get(str(work))
    if child is not None and child.poll() is None:
        return True
    return _lives(_read(work / PROCESS, _Process))


def _lives(said: _Process | None) -> bool:
    if said is None:
        return False
    with suppress(psutil.Error):
        process = psutil.Process(said.pid)
        same = abs(process.create_time() - said.created_at) < 1.0
        return same and process.status() != psutil.STATUS_ZOMBIE
    return False


def _kill(work: Path) -> None:
    said = _read(work / PROCESS, _Process)
    if said is not None and _lives(said):
        with suppress(psutil.Error):
            child.kill(said.pid)


def _progress(work: Path) -> Progress | None:
    with suppress(OSError, ValueError, TypeError):
        return Progress(*json.loads((work / PROGRESS).read_bytes()))
    return None


def _read(path: Path, model: type[Word]) -> Word | None:
    with suppress(OSError, ValidationError):
        return model.model_validate_json(path.read_bytes())
    return None


def _write(path: Path, word: BaseModel) -> None:
    files.write(path, word.model_dump_json().encode())


# In the child


def main() -> int:
    """Carry out the request that comes on standard input, one line of JSON; 0 once its end is written."""
    give_way()
    request = Request.model_validate_json(sys.stdin.readline())
    work, me = _work(request.owner), psutil.Process()
    _write(work / PROCESS, _Process(pid=me.pid, created_at=me.create_time()))
    emit, should_stop = _telling(work), (work / STOP).exists
    try:
        _wait_for_turn(work, emit, should_stop)
        outcome = _carried_out(request, emit, should_stop)
    except Stopped:
        outcome = Ending(problem=STOPPED)
    except UploadError as error:
        outcome = Ending(problem=str(error))
    _write(work / OUTCOME, outcome)
    return 0


def _carried_out(request: Request, emit: Emit, should_stop: ShouldStop) -> Ending:
    from tl_core.uploads import editing, intake, speed

    mark = drafts.mark(request.owner)
    if request.edit is not None:
        edit = request.edit
        result = editing.edited(
            edit.dataset,
            request.owner,
            edit.classes,
            request.title,
            request.split_seed,
            emit,
            should_stop,
            edit.replace,
            mark,
        )
    else:
        there, began = drafts.items(request.owner), time.monotonic()
        with drafts.contents(request.owner, there) as contents:
            result = intake.intake(contents, request.title, request.owner, emit, should_stop, request.split_seed, mark)
        speed.remember(drafts.holds(there), *drafts.amount(there), time.monotonic() - began)
    if result.dataset is None:
        return Ending(problem=result.problem, rejected=result.report.rejected)
    if request.edit is None:
        drafts.remove(request.owner, there)
        return Ending(dataset=result.dataset.id)
    note = _replaced(request) if request.edit.replace and request.edit.dataset != result.dataset.id else ""
    return Ending(dataset=result.dataset.id, note=note)


def _replaced(request: Request) -> str:
    """Delete the data set that was edited; "", or why it had to stay."""
    from tl_core.processes import removal
    from tl_core.store import StoreError

    assert request.edit is not None
    try:
        removal.delete(request.edit.dataset, request.owner)
    except StoreError as error:
        return f"The old data set is still there. {error}"
    return ""


def _telling(work: Path) -> Emit:
    def emit(event: Event) -> None:
        if isinstance(event, Progress):
            files.write(work / PROGRESS, json.dumps(event).encode())

    return emit


def _wait_for_turn(work: Path, emit: Emit, should_stop: ShouldStop) -> None:
    """Those who came first go first: memory is for a few at once."""
    me = _read(work / PROCESS, _Process)
    assert me is not None
    while _before(me) >= AT_ONCE:
        if should_stop():
            raise Stopped
        emit(Progress(WAITING, 0, 1))
        time.sleep(WAIT_S)


def _before(me: _Process) -> int:
    others = (_read(path, _Process) for path in settings().drafts.glob(f"*/work/{PROCESS}"))
    return sum((other.created_at, other.pid) < (me.created_at, me.pid) and _lives(other) for other in others if other)


if __name__ == "__main__":
    sys.exit(main())

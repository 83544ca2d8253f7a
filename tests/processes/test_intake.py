"""The intake as a child process: really run, really stopped, really killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from tests.lab import until
from tests.uploading import ME, encoded, photo, pictures, taken_in, zipped
from tl_core.base import priority
from tl_core.base.settings import settings
from tl_core.base.spec import run_spec
from tl_core.processes import intake, jobs
from tl_core.processes.intake import Edit, Ending, Request
from tl_core.uploads import drafts, stored
from tl_core.uploads.drafts import Upload

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(autouse=True)
def no_child_is_left() -> Iterator[None]:
    yield
    for process in intake._children.values():
        process.wait(30)
    intake._children.clear()


def collect(tmp_path: Path, files: dict[str, bytes]) -> None:
    drafts.add_archive(ME, Upload("mine.zip", zipped(tmp_path / "x.zip", files).read_bytes()))


def ended() -> Ending:
    state = until(lambda: next((s for s in [intake.look(ME)] if s.outcome), None), 60, "the intake has ended")
    assert state.outcome is not None
    return state.outcome


def child() -> psutil.Process:
    """The running intake, once it has said who it is."""
    path = drafts.folder(ME) / "work" / intake.PROCESS
    said = until(lambda: intake._read(path, intake._Process), 30, "the child has started")
    return psutil.Process(said.pid)


def many() -> dict[str, bytes]:
    """So many large ones, though their files are small, that there is time to stop it."""
    alike = encoded(Image.new("RGB", (4000, 4000), "teal"))
    return {f"{name}/{i}.png": alike for name in ("a", "b") for i in range(60)}


def test_a_collection_becomes_a_data_set_and_is_cleared(tmp_path: Path) -> None:
    assert intake.look(ME) == intake.State()
    collect(tmp_path, pictures("ants", "bees") | {"ants/note.txt": b"a note"})
    drafts.add_files(ME, "bees", [Upload("one more.png", encoded(photo(77)))])
    intake.start(Request(owner=ME, title="Insects", split_seed=2))
    assert intake.look(ME).progress is not None
    outcome = ended()
    manifest = stored.find(outcome.dataset)
    assert manifest is not None
    assert (manifest.title, manifest.split_seed, manifest.classes) == ("Insects", 2, {"ants": 6, "bees": 7})
    assert stored.belongs(outcome.dataset, ME)
    assert stored.read_report(manifest.id).rejected == (("ants/note.txt", "is a text file, not a picture"),)
    assert drafts.items(ME) == ()
    assert [path.name for path in drafts.folder(ME).iterdir()] == ["work"]
    intake.dismiss(ME)
    assert intake.look(ME) == intake.State()


def test_what_comes_to_nothing_is_told_and_the_collection_stays(tmp_path: Path) -> None:
    files = {name: content for name, content in pictures("ants", "bees").items() if name.startswith("ants")}
    files |= {f"bees/{i}.jpg": b"not a picture" for i in range(6)}
    collect(tmp_path, files)
    intake.start(Request(owner=ME, title="x"))
    outcome = ended()
    assert "only one class, 'ants'" in outcome.problem
    assert ("bees/0.jpg", "is a text file, not a picture") in outcome.rejected
    assert drafts.items(ME)
    assert stored.owned(ME) == []


def test_a_killed_intake_is_one_sentence_and_leaves_nothing_but_the_collection(tmp_path: Path, home: Path) -> None:
    collect(tmp_path, many())
    intake.start(Request(owner=ME, title="x"))
    until(lambda: list(settings().datasets.glob(f"{stored.UNFINISHED}*/pictures.u8")), 60, "it writes pictures")
    child().kill()
    outcome = ended()
    assert outcome.problem.startswith("Reading the files ended unexpectedly")
    assert "try again" in outcome.problem
    assert list((home / "datasets").iterdir()) == []
    assert len(drafts.items(ME)) == 1
    assert ended() == outcome  # as another tab sees it


def test_stop_ends_it_and_leaves_nothing_but_the_collection(tmp_path: Path, home: Path) -> None:
    collect(tmp_path, many())
    intake.start(Request(owner=ME, title="x"))
    until(lambda: list(settings().datasets.glob(f"{stored.UNFINISHED}*")), 60, "it writes pictures")
    process = child()
    if sys.platform != "win32":
        assert process.nice() >= priority.NICE
    intake.start(Request(owner=ME, title="a second press"))
    assert child().pid == process.pid
    intake.stop(ME)
    assert ended().problem == intake.STOPPED
    until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, 30, "it is gone")
    assert list((home / "datasets").iterdir()) == []
    assert drafts.items(ME)


def test_one_that_is_deaf_to_a_stop_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "STOP_S", 0.0)
    work = drafts.folder(ME) / "work"
    work.mkdir(parents=True)
    (work / intake.BEGUN).touch()
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as deaf:
        process = psutil.Process(deaf.pid)
        said = intake._Process(pid=deaf.pid, created_at=process.create_time())
        intake._write(work / intake.PROCESS, said)
        assert intake.look(ME).progress is not None
        intake.stop(ME)
        assert ended().problem == intake.STOPPED
        assert deaf.wait(10) != 0


def test_it_is_found_again_by_another_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collect(tmp_path, many())
    intake.start(Request(owner=ME, title="x"))
    child()
    other = dict(intake._children)
    monkeypatch.setattr(intake, "_children", {})
    assert intake.look(ME).progress is not None
    intake.stop(ME)
    for process in other.values():
        process.wait(30)
    assert ended().problem == intake.STOPPED


def test_an_edit_replaces_what_it_was_made_of_unless_it_is_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ensure_supervisor", lambda: None)
    made = taken_in(zipped(tmp_path / "x.zip", pictures("ants", "bees"))).dataset
    assert made is not None
    experiment = jobs.submit([run_spec(data={"dataset": made.id, "per_class": 2})], ME)
    change = Edit(dataset=made.id, classes={"ants": "formica"}, replace=True)
    intake.start(Request(owner=ME, title="Edited", edit=change))
    outcome = ended()
    assert "1 run on these pictures must end first" in outcome.note
    assert {manifest.id for manifest in stored.owned(ME)} == {made.id, outcome.dataset}
    store = jobs.open_store()
    jobs.stop([run.id for run in store.experiment(experiment).runs], ME)
    intake.start(Request(owner=ME, title="Again", edit=change))
    assert ended().note == ""
    assert [manifest.title for manifest in stored.owned(ME)] == ["Again"]
    assert store.experiments(ME) == []


def test_only_a_few_go_on_at_a_time() -> None:
    me = psutil.Process()
    mine = intake._Process(pid=me.pid, created_at=me.create_time())
    for number, age_s in enumerate((10.0, 0.0, -10.0)):
        work = drafts.folder(f"student {number}") / "work"
        work.mkdir(parents=True)
        other = intake._Process(pid=me.pid, created_at=mine.created_at)
        intake._write(work / intake.PROCESS, other)
        later = mine.model_copy(update={"created_at": mine.created_at + age_s})
        assert intake._before(later) == (number + 1 if age_s > 0 else 0)

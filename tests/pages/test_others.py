"""Two students and an outsider on every page: nothing of Ann's is shown, changed, stopped, deleted or used by them."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import STUDENT as ANN
from tests.pages.lab import LAB
from tests.pages.measured import finish, submit, train
from tests.pages.said import PAGES, strings
from tests.store.samples import rows_of
from tests.uploading import encoded, photo, taken_in, zipped
from tl_core.base.settings import settings
from tl_core.base.spec import SpecError, run_spec
from tl_core.processes import jobs, removal, trained
from tl_core.store import Experiment, Guess, Store, StoreError
from tl_core.studies import build, sweeps
from tl_core.studies.setup import Setup, to_note, to_query
from tl_core.uploads import drafts, stored
from tl_core.uploads.drafts import Upload
from tl_core.uploads.stored import Manifest

BOB, OUTSIDER = "bob, who has runs too", "an outsider, who has none"
SECRET = "annssecret"  # in every word that Ann wrote, and nowhere else
SETUP = Setup(study="labels", dataset="digits", backbone="tiny_resnet_cifar100", seeds=1)


@pytest.fixture
def pictures(tmp_path: Path) -> Manifest:
    """A data set of Ann's, and a draft of another."""
    names = (f"{SECRET} ants", f"{SECRET} bees")
    files = {f"{name}/{i}.png": encoded(photo(10 * k + i)) for k, name in enumerate(names) for i in range(6)}
    found = taken_in(zipped(tmp_path / "x.zip", files), owner=ANN, title=f"{SECRET} insects").dataset
    assert found is not None
    drafts.add_files(ANN, f"{SECRET} draft", [Upload("a.png", encoded(photo(1)))])
    return found


@pytest.fixture
def races(the_store: Store, pictures: Manifest) -> list[Experiment]:
    """Ann's: a finished race, one that runs, one that waits on her own pictures, a lesson. Bob has a race, too."""
    finished, running = (submit(the_store, ANN, title=f"{SECRET} race") for _ in range(2))
    for name in (finished, running, submit(the_store, BOB)):
        train(the_store, name)
    finish(the_store, finished)
    own = [run_spec(data={"dataset": pictures.id, "per_class": 2})]
    others = [
        the_store.submit(own, ANN, f"{SECRET} pictures", f"{SECRET} note"),
        the_store.submit(own, ANN, SECRET, guess=Guess("why_transfer", 0.5)),
    ]
    return [found for name in (finished, running, *others) if (found := the_store.experiment(name))]


def _told(page: AppTest) -> list[tuple[str, str, str]]:
    return [one for one in strings(page) if SECRET in one[2]]


def _kept(store: Store, races: list[Experiment]) -> list[object]:
    """Everything of Ann's, in the database and on the disk."""
    files = [path for folder in (settings().datasets, settings().drafts) for path in folder.rglob("*")]
    on_disk = sorted((str(path), path.read_bytes()) for path in files if path.is_file())
    return [*(rows_of(store, one) for one in races), on_disk, [one.id for one in store.experiments(ANN)]]


@pytest.mark.parametrize("me", [BOB, OUTSIDER])
def test_no_page_says_a_word_of_anothers(visit, races: list[Experiment], pictures: Manifest, me: str) -> None:
    private = {"dataset": pictures.id, "experiment": races[0].id}
    for page in PAGES:
        assert not _told(visit(page, me)), page
    for page in ("pages/2_History.py", "pages/3_Your_images.py", "pages/4_Predict.py"):
        assert not _told(visit(page, me, **private)), page
    assert _told(visit("pages/2_History.py", ANN))
    assert _told(visit("pages/3_Your_images.py", ANN))


def test_whatever_a_visitor_presses_anothers_work_stays(visit, the_store, races, pictures) -> None:
    before, pressed = _kept(the_store, races), 0
    runs = ",".join(run.id for one in races[:2] for run in one.runs)
    for page in PAGES:
        for experiment in races[:3] if page == LAB else races[:1]:
            query = {"experiment": experiment.id, "dataset": pictures.id, "runs": runs, "lesson": "why_transfer"}
            at = visit(page, BOB, **query)
            for key in [button.key for button in at.button if not button.disabled]:
                for button in [one for one in at.button if one.key == key and not one.disabled]:
                    button.click().run()
                    pressed += 1
                    assert _kept(the_store, races) == before, (page, key)
    assert pressed > 20


def test_a_link_to_one_experiment_of_a_study_shows_that_one_only(visit, the_store: Store) -> None:
    specs = sweeps.sweep(build.build(build.fitted(SETUP, [SETUP.dataset])), ANN).missing
    shared, other = (the_store.submit(some, ANN, "A study", to_note(SETUP)) for some in (specs[:2], specs[2:4]))
    query = {**to_query(SETUP), "experiment": shared}

    def counted(me: str) -> str:
        at = visit("pages/6_Studies.py", me, **query)
        assert "".join(at.query_params["experiment"]) in (shared, other)
        return next(text.value for text in at.markdown if " measured" in text.value and " waiting" in text.value)

    assert "4 waiting" in counted(ANN)
    assert "2 waiting" in counted(BOB)
    at = visit("pages/6_Studies.py", BOB, **query)
    assert at.query_params["experiment"] in (shared, [shared])
    assert "stop_study" not in [button.key for button in at.button]


@pytest.mark.parametrize("me", [BOB, OUTSIDER, ""])
def test_no_function_behind_the_pages_serves_another(the_store: Store, races, pictures: Manifest, me: str) -> None:
    before, (race, *_) = _kept(the_store, races), races
    own = [run_spec(data={"dataset": pictures.id, "per_class": 2})]
    with pytest.raises(StoreError):
        jobs.delete(race.id, me)
    with pytest.raises(StoreError):
        jobs.join(race.id, [run_spec()], me)
    with pytest.raises(SpecError):
        jobs.submit(own, me)
    with pytest.raises(StoreError):
        removal.delete(pictures.id, me)
    with pytest.raises(StoreError):
        trained.finished(race.id, me)
    jobs.stop([run.id for one in races for run in one.runs], me)
    assert not removal.experiments_on(pictures.id, me)
    assert not stored.belongs(pictures.id, me)
    assert not stored.owned(me)
    assert not drafts.items(me)
    drafts.clear(me)
    assert _kept(the_store, races) == before

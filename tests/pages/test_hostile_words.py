"""Whatever people call things, every page shows it as text: no link, picture, formula, icon or code comes of it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import STUDENT
from tests.pages.measured import submit, summary
from tests.pages.said import PAGES, strings
from tests.uploading import encoded, photo, taken_in, zipped
from tl_core.base.events import ClassScore, Note
from tl_core.base.questions import Call, Neighbour, Predict, Prediction, Question, Seen
from tl_core.base.settings import settings
from tl_core.processes import intake, trained
from tl_core.races.race import proposed
from tl_core.results import take_home
from tl_core.results.mistakes import Mistake, Mistakes
from tl_core.store import Run, Store
from tl_core.uploads import drafts
from tl_core.uploads.drafts import Upload
from tl_core.uploads.records import Manifest

HOSTILE = "![p](:red[q]) <img src=x> $a$ `b` **c** %{x} &amp;"
ACTS = re.compile(r"(?<!\\)(!\[p|:red|<img|\$a|`b|\*\*c|&amp)")  # a mark of it that no backslash takes the sense of
PLAIN = (
    "options",
    "default",
    "value",
    "raw_value",
    "raw_values",
    "placeholder",
)  # fields of inputs, which show text as it is
INPUTS = ("Selectbox", "MultiSelect", "TextInput", "TextArea")


@pytest.fixture
def made(tmp_path: Path) -> Manifest:
    """A data set whose title, classes and files have hostile names."""
    files = {
        f"{name}/{HOSTILE}{i}.png": encoded(photo(10 * k + i))
        for k, name in enumerate((HOSTILE, f"{HOSTILE}2"))
        for i in range(6)
    }
    files[f"{HOSTILE}/{HOSTILE}.txt"] = b"no picture"
    found = taken_in(zipped(tmp_path / "x.zip", files), owner=STUDENT, title=HOSTILE).dataset
    assert found is not None
    return found


@pytest.fixture
def run(the_store: Store, made: Manifest) -> Run:
    """A finished run on it, with a hostile title, notes and reasons; another one that failed."""
    race = proposed(dataset=made.id).changed(backbone="tiny_resnet_glyphs", image_size=32, per_class=2)
    specs = race.specs()
    name = the_store.submit(specs, STUDENT, HOSTILE, HOSTILE)
    experiment = the_store.experiment(name)
    assert experiment is not None
    classes = tuple(made.classes)
    scores = [ClassScore(name=one, precision=1, recall=1, f1=1, support=3) for one in classes]
    found = summary(0.7).model_copy(update={"per_class": scores, "confusion": [[3, 0], [1, 2]], "notes": [HOSTILE]})
    for run in experiment.runs:
        assert the_store.claim(run.id, "worker", 1) is not None
        assert the_store.record(run.id, 1, [Note(HOSTILE)])
    finished, failed = experiment.runs
    assert the_store.finish(finished.id, 1, "finished", summary=found)
    assert the_store.finish(failed.id, 1, "failed", HOSTILE)
    again = the_store.run(finished.id)
    assert again is not None
    return again


def _check(page: AppTest) -> int:
    """No text of the page has a mark that would act; how many hostile texts there were."""
    seen = 0
    for kind, field, text in strings(page):
        seen += "img src" in text.replace("\\", "") or "img src=x" in text
        if kind in INPUTS and field in PLAIN:
            continue
        if kind == "PlotlyChart":
            drawn = json.dumps(json.loads(text), ensure_ascii=False) if text.startswith("{") else text
            assert not [mark for mark in ("<img", "$a$", "%{x} ") if mark in drawn], (kind, field)
        elif kind == "Html":
            assert "<img src=x" not in text, (kind, field, text[:2000])
        else:
            assert not ACTS.search(text), (kind, field, text)
    return seen


def test_a_hostile_name_is_shown_as_text_on_every_page(visit, the_store: Store, run: Run, made: Manifest) -> None:
    ours = the_store.experiment(submit(the_store, STUDENT))
    assert ours is not None
    other, seen = ours.runs[0], {}  # of another data set: only then do a chart's names say which
    queries = {key: {"experiment": run.experiment_id} for key in ("", "pages/1_Lab.py", "pages/4_Predict.py")}
    queries |= {"pages/7_Compare.py": {"runs": f"{run.id},{other.id}"}, "pages/3_Your_images.py": {"dataset": made.id}}
    for page in PAGES:
        seen[page] = _check(visit(page, **queries.get(page, {})))
    assert {page for page, times in seen.items() if times} >= {"", "pages/2_History.py", *queries}, seen
    assert _check(visit("pages/3_Your_images.py"))


def test_it_is_so_while_pictures_are_collected_and_when_that_fails(visit, made: Manifest) -> None:
    drafts.add_files(STUDENT, f"{HOSTILE} 1", [Upload(f"{HOSTILE}.png", encoded(photo(1)))])
    split = {f"{part}/{HOSTILE}{k}/{k}.png": encoded(photo(k)) for part in ("train", "test") for k in range(4)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in (split | {f"{HOSTILE}.pdf": b"no picture"}).items():
            archive.writestr(name, content)
    drafts.add_archive(STUDENT, Upload(f"{HOSTILE}.zip", packed.getvalue()))
    at = visit("pages/3_Your_images.py")
    at.session_state["intake_ended"] = intake.Ending(problem=HOSTILE, note=HOSTILE, rejected=((HOSTILE, HOSTILE),))
    for way in ("archive", "folder", "files", "camera", "microphone", "sentences"):
        at.segmented_control(key="intake_way").set_value(way).run()
        assert _check(at) > 5, way
        if way in ("files", "camera"):
            at.selectbox(key="intake_class").set_value(f"{HOSTILE} 1").run()
            assert _check(at) > 5, way


def test_it_is_so_in_what_asks_before_it_acts(visit, run: Run, made: Manifest) -> None:
    for page, query in (("pages/2_History.py", {}), ("pages/3_Your_images.py", {"dataset": made.id})):
        keys = [button.key for button in visit(page, **query).button if re.match("name_|delete_", button.key or "")]
        assert keys
        for key in keys:
            assert _check(visit(page, **query).button(key=key).click().run()) > 0, key


def test_it_is_so_in_what_a_model_answers(visit, run: Run, made: Manifest, monkeypatch) -> None:
    classes, pixels = tuple(made.classes), np.zeros((32, 32, 3), np.uint8)
    names = classes[:1]

    def answered(question: Question) -> trained.Task:
        task = trained.Task(question)
        call = Call(names, 0.5, (0.5, 0.5), (Neighbour(pixels, names, 0.9),))
        if isinstance(question, Predict):
            seen = Seen(HOSTILE, pixels, pixels, names, {model.run_id: call for model in question.models})
            task.end(Prediction(classes, (seen,), ((HOSTILE, HOSTILE),), HOSTILE))
        else:
            task.end(problem=HOSTILE)
        return task

    monkeypatch.setattr(trained, "ask", answered)
    wrong = Mistakes((Mistake(pixels, names[0], names[0], 0.5),), 1, 3)
    monkeypatch.setattr("pages.shared.race.mistake_pictures.mistakes", lambda run: wrong)
    at = visit("pages/4_Predict.py", experiment=run.experiment_id)
    for key in [button.key for button in at.button if re.match("prepare_", button.key or "")]:
        assert _check(at.button(key=key).click().run()) > 5, key


def test_a_model_card_has_no_other_marks_than_its_own(run: Run) -> None:
    text = take_home.card(run, HOSTILE).partition("```json")[0]
    assert not ACTS.search(text)
    assert text.count(r"\<img src\=x\>") > 5
    assert {line.count(" | ") for line in text.splitlines() if line.startswith("| ")} == {5}


def test_a_page_says_what_is_wrong_with_a_setting(visit, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as changed:
        changed.setenv("TL_WORKERS", "abc")
        settings.cache_clear()
        (error,) = visit().error
        assert error.value.replace("\\", "") == "The setting TL_WORKERS must be a whole number; it was 'abc'."
    settings.cache_clear()

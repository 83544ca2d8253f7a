"""Predict: one's own models, on pictures, side by side."""

from __future__ import annotations

import pytest

from tests.finished import finished
from tests.lab import spec
from tests.pages.conftest import STUDENT
from tests.pages.measured import submit
from tl_core.catalog import STRATEGIES
from tl_core.processes import models
from tl_core.store import Run
from tl_core.store import models as stored

PAGE = "pages/4_Predict.py"


@pytest.fixture
def arms(the_store) -> list[Run]:
    return finished(
        spec(epochs=1),
        spec(epochs=1, strategy="feature_extraction", optimizer={"name": "sgd", "probe": "steps"}),
        owner=STUDENT,
    )


def _html(at) -> str:
    return "".join(element.proto.body for element in at.get("html"))


def _answered(at, key: str):
    assert at.session_state[key].done.wait(120)
    assert not at.session_state[key].problem
    at.run()
    assert not at.exception
    return at


def test_without_a_finished_run_the_page_says_where_to_begin(visit, the_store):
    submit(the_store, STUDENT)
    at = visit(PAGE)
    assert any("has to be trained" in text.value for text in at.markdown)
    assert not at.selectbox


def test_a_model_is_its_owners(visit, arms):
    at = visit(PAGE, student="quite-another-student", experiment=arms[0].experiment_id)
    assert "no finished experiment of yours" in at.warning[0].value
    assert not at.selectbox


def test_pictures_wrong_answers_and_downloads(visit, arms):
    at = visit(PAGE, experiment=arms[0].experiment_id)
    assert at.selectbox(key="predict_experiment").value == arms[0].experiment_id
    key = f"prediction_{arms[0].experiment_id}"
    first = _html(_answered(at, key))
    at.button(key="predict_test").click().run()
    html = _html(_answered(at, key))
    assert html != first, "four others"
    assert first.count('class="tl-call"') == html.count('class="tl-call"') == 4 * 2
    assert html.count('<span class="fill"') == 4 * 2 * 3
    assert "From scratch" in html
    assert "Feature extraction" in html

    best = max(arms, key=lambda run: run.summary.test_accuracy)
    for name in ("wrong_arm", "home_arm"):
        arm = next(group for group in at.button_group if group.key == f"{name}_{arms[0].id}")
        assert arm.value == best.id
        arm.set_value(arms[1].id)
    at.run()
    html = _html(at)
    summary = arms[1].summary
    assert summary is not None
    wrong = round(30 * (1 - summary.test_accuracy))
    assert any(f"**{wrong} of 30 test pictures**" in text.value for text in at.markdown)
    assert html.count("% sure") == min(wrong, 24)

    at.button(key=f"prepare_keras_{arms[1].id}").click().run()
    at = _answered(at, f"package_keras_{arms[1].id}")
    assert any("model-" in button.proto.label for button in at.get("download_button"))

    for form in ("script", "notebook"):
        at.radio(key="home_form").set_value(form).run()
        at.button(key=f"prepare_{form}_{arms[1].id}").click().run()
        at = _answered(at, f"package_{form}_{arms[1].id}")
        assert any(f"Download {form}-" in button.proto.label for button in at.get("download_button"))


def test_a_model_is_kept_by_a_box_and_one_that_is_gone_says_why(visit, the_store, arms):
    best = max(arms, key=lambda run: run.summary.test_accuracy)
    other = next(run for run in arms if run is not best)
    at = visit(PAGE, experiment=best.experiment_id)
    assert any("These models stay until" in caption.value for caption in at.caption)
    at.checkbox(key=f"keep_{other.id}").check().run()
    assert models.kept(arms) == {other.id}
    stored.write(the_store, best.id, gone="The model was deleted to make room.")
    at.run()
    said = " ".join(caption.value.replace("\\", "") for caption in at.caption)
    assert f"{STRATEGIES[best.strategy].title}.** The model was deleted to make room. Results and curves stay" in said
    assert any("deleted to make room" in info.value for info in at.info)  # where it would be taken home
    at.button(key="predict_test").click().run()
    html = _html(_answered(at, f"prediction_{best.experiment_id}"))
    assert html.count('class="tl-call"') == 4
    at = visit("pages/7_Compare.py", runs=",".join(run.id for run in arms))
    assert any("deleted to make room" in caption.value for caption in at.caption)

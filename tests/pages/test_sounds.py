"""A model that was trained on sounds takes recordings: files, and what the microphone hears."""

from __future__ import annotations

import pytest

from pages.shared.predict import wrong_answers
from tests.finished import finished
from tests.lab import spec
from tests.pages.conftest import STUDENT
from tests.pages.lab import texts
from tl_core.catalog import DATASETS, dataset_folder

DIGITS = {"dataset": "spoken_digits", "classes": ["0", "1", "2"], "per_class": 10, "test_images": 30}


@pytest.mark.usefixtures("beyond", "the_store")
def test_a_model_of_sounds_answers_files_and_the_microphone(visit):
    (run,) = finished(spec(epochs=1, data=DIGITS), owner=STUDENT)
    key = f"prediction_{run.experiment_id}"
    spoken = next(dataset_folder(DATASETS["spoken_digits"]).rglob("1_*_7.wav")).read_bytes()
    page = visit("pages/4_Predict.py")
    assert "4 test recordings" in texts(page)
    _answered(page, key)
    assert players(page, "tl-seen") == 4
    assert run.summary is not None
    wrong = round(run.summary.test_images * (1 - run.summary.test_accuracy))
    assert players(page, "tl-near wrong") == min(wrong, wrong_answers.MOST) > 0
    assert page.segmented_control(key="predict_source").options[1:] == ["Files", "Microphone"]

    page.segmented_control(key="predict_source").set_value("files").run()
    assert "the loudest second" in texts(page)
    page.file_uploader[0].set_value([("one.wav", spoken, "audio/wav"), ("notes.wav", b"milk", "audio/wav")]).run()
    page.button(key="predict").click().run()
    _answered(page, key)
    assert "is no sound that can be read" in page.warning[0].value
    assert ">one.wav<" in html(page)
    assert players(page, "tl-seen") == 1

    page.segmented_control(key="predict_source").set_value("microphone").run()
    assert page.button(key="predict").disabled
    page.audio_input[0].set_value(("audio.wav", spoken, "audio/wav")).run()
    page.button(key="predict").click().run()
    _answered(page, key)
    assert not page.warning


def players(page, within: str) -> int:
    bodies = [element.proto.body for element in page.get("html")]
    return sum(body.count("<audio controls") for body in bodies if f'class="{within}"' in body)


def html(page) -> str:
    return "".join(element.proto.body for element in page.get("html"))


def _answered(page, key: str) -> None:
    assert page.session_state[key].done.wait(120)
    assert not page.session_state[key].problem
    page.run()
    assert not page.exception


@pytest.mark.usefixtures("beyond")
def test_an_address_of_sounds_opens_the_backbone_that_learned_on_sounds(visit):
    boxes = {box.label: box.value for box in visit("pages/1_Lab.py", dataset="spoken_digits").selectbox}
    assert (boxes["Data set"], boxes["Backbone"]) == ("spoken_digits", "tiny_resnet_syllables")

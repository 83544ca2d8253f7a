"""The page of a student's own data with recordings: from files and the microphone to a race and its answers."""

from __future__ import annotations

import base64
import io

import numpy as np
import soundfile

from tests.finished import finished
from tests.lab import spec, until
from tests.pages.conftest import STUDENT
from tests.pages.lab import LAB, texts
from tests.sounding import encoded, recorded, word
from tests.uploading import taken_in, zipped
from tl_core.processes import intake
from tl_core.races import race
from tl_core.uploads import drafts, stored
from tl_core.uploads.drafts import Upload

PAGE = "pages/3_Your_images.py"
OWN = "tiny_resnet_syllables"


def said(page):
    return texts(page).replace("\\", "").replace("*", "").partition("<style>")[0]


def html(page):
    return "".join(element.proto.body for element in page.get("html"))


def players(page):
    """The sounds that can be played on the page, decoded."""
    sources = [part.partition('"')[0] for part in html(page).split('src="data:audio/wav;base64,')[1:]]
    return [soundfile.read(io.BytesIO(base64.b64decode(source)))[0] for source in sources]


def test_files_and_recordings_become_a_data_set_that_plays_and_is_raced_on(visit):
    drafts.add_files(STUDENT, "yes", [Upload("first.wav", encoded(word("yes", 20)))])
    drafts.add_files(STUDENT, "no", [Upload("first.wav", encoded(word("no", 20)))])
    page = visit(PAGE)
    page.segmented_control(key="intake_way").set_value("microphone").run()
    assert page.audio_input[0].disabled
    page.selectbox(key="intake_class").set_value("yes").run()
    for i in range(3):
        page.audio_input[0].set_value(("audio.wav", encoded(word("yes", i)), "audio/wav")).run()
        assert not page.exception
    assert "4 recordings of yes so far" in said(page)
    page.audio_input[0].set_value(("audio.wav", encoded(np.zeros(4000)), "audio/wav")).run()
    assert "The recording is silent. Record it again." in page.error[0].value.replace("\\", "")
    page.segmented_control(key="intake_way").set_value("files").run()
    page.selectbox(key="intake_class").set_value("no").run()
    files = [(f"{i}.ogg", encoded(word("no", i), kind="OGG"), "audio/ogg") for i in range(3)]
    page.file_uploader[0].set_value([*files, ("a.png", b"x", "image/png")]).run()
    assert "a.png is no recording, unlike most files" in page.error[0].value.replace("\\", "")
    page.file_uploader[0].set_value(files).run()
    assert "this machine has read no recordings before" in said(page)
    page.button(key="make_dataset").click().run()
    until(lambda: intake.look(STUDENT).outcome, 60, "the intake has ended")
    intake._children.popitem()[1].wait(30)
    page.run()
    assert not page.exception
    (made,) = stored.owned(STUDENT)
    assert (made.modality, made.classes) == ("sounds", {"no": 4, "yes": 4})
    assert len(players(page)) == 8
    assert all(0.1 < len(heard) / 8000 <= 1 and np.abs(heard).max() > 0.01 for heard in players(page))
    assert "picture" not in said(page).lower()

    page.button(key="race_on_these").click().run()
    assert not page.exception
    proposed = race.proposed(dataset=made.id)
    assert (proposed.backbone, proposed.shared.image_size) == (OWN, 32)
    assert len(visit(LAB, dataset=made.id, backbone=OWN).get("audio")) == 2


def test_a_model_of_own_sounds_answers_and_what_was_heard_can_be_played(visit, tmp_path, the_store):
    words = recorded("yes", "no", each=12)
    made = taken_in(zipped(tmp_path / "words.zip", words), owner=STUDENT).dataset
    assert made is not None
    data = {"dataset": made.id, "per_class": None, "test_images": None}
    (run,) = finished(spec(backbone=OWN, epochs=1, data=data), owner=STUDENT)
    page = visit("pages/4_Predict.py")
    key = f"prediction_{run.experiment_id}"
    _answered(page, key)
    assert len(players(page)) >= 4
    page.segmented_control(key="predict_source").set_value("files").run()
    page.file_uploader[0].set_value([("one.mp3", encoded(word("yes", 5), kind="MP3"), "audio/mpeg")]).run()
    page.button(key="predict").click().run()
    _answered(page, key)
    assert ">one.mp3<" in html(page)
    assert players(page)


def _answered(page, key: str) -> None:
    assert page.session_state[key].done.wait(120)
    assert not page.session_state[key].problem
    page.run()
    assert not page.exception

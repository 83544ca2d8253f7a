"""The page of a student's own pictures: collect, make, look, edit, delete; and nobody else sees any of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.lab import until
from tests.pages.conftest import STUDENT
from tests.pages.lab import address, texts
from tests.pages.measured import finish, train
from tests.uploading import encoded, photo, pictures, taken_in, zipped
from tl_core.base.settings import settings
from tl_core.base.spec import run_spec
from tl_core.processes import intake, jobs
from tl_core.uploads import drafts, stored
from tl_core.uploads.drafts import Upload
from tl_core.uploads.records import Manifest

PAGE = "pages/3_Your_images.py"
OTHER = "quite-another-student"


@pytest.fixture(autouse=True)
def no_child_is_left() -> Iterator[None]:
    yield
    for process in intake._children.values():
        process.wait(30)
    intake._children.clear()


@pytest.fixture
def made(tmp_path: Path) -> Manifest:
    files = pictures("ants", "bees", "wasps", each=8)
    files |= {"bees/again.png": files["bees/0.png"], "ants/bee.png": files["bees/1.png"], "ants/note.txt": b"a note"}
    found = taken_in(zipped(tmp_path / "x.zip", files), owner=STUDENT, title="Insects")
    assert found.dataset is not None
    return found.dataset


def png(seed: int) -> bytes:
    return encoded(photo(seed))


def button(page, label):
    return next(found for found in page.button if found.label == label)


def labels(page):
    return [found.label for found in page.button]


def upload(page, way, files):
    page.segmented_control(key="intake_way").set_value(way).run()
    page.file_uploader[0].set_value(files).run()
    assert not page.exception


def sheets(page):
    return [html.proto.body for html in page.get("html") if '<div class="tl-sheet"' in html.proto.body]


def said(page):
    """The words of the page, without its style sheet and Markdown's marks."""
    return texts(page).replace("\\", "").replace("*", "").partition("<style>")[0]


def await_end(page):
    until(lambda: intake.look(STUDENT).outcome, 60, "the intake has ended")
    page.run()
    assert not page.exception


def test_an_empty_page_says_what_to_do_and_where_pictures_stay(visit):
    page = visit(PAGE)
    assert "Nothing yet. Pictures, recordings or sentences of at least two classes" in said(page)
    assert "only you, in this browser" in said(page)
    assert "deleted after 90 days" in said(page)
    assert "At most 10,000 pictures or recordings and 2.15 GB together, 500 MB per file" in said(page)
    assert "50 million pixels per picture, 60 seconds per recording" in said(page)
    assert "You may keep 20 data sets" in said(page)
    assert "Make the data set" not in labels(page)


def test_the_room_on_the_server_is_said(visit, made, monkeypatch):
    monkeypatch.setenv("TL_DATASETS_BYTES", str(26 * 224 * 224 * 3 + 9_000_000))
    settings.cache_clear()
    assert "there is room for 9 MB more" in said(visit(PAGE))


def test_a_zip_becomes_a_data_set_that_is_shown(visit, tmp_path):
    page = visit(PAGE)
    content = zipped(tmp_path / "insects.zip", pictures("ants", "bees")).read_bytes()
    upload(page, "archive", ("insects.zip", content, "application/zip"))
    assert "12 pictures: ants 6, bees 6" in said(page)
    assert "The time for reading them is not known yet" in said(page)
    button(page, "Make the data set").click().run()
    assert "Stop" in labels(page)
    assert not page.file_uploader
    await_end(page)
    (manifest,) = stored.owned(STUDENT)
    assert manifest.title == "insects"
    assert address(page)["dataset"] == manifest.id
    assert page.header[0].value == "insects"
    assert len(sheets(page)) == 2
    assert drafts.items(STUDENT) == ()
    page.button(key="to_all").click().run()
    upload(page, "archive", ("insects.zip", content, "application/zip"))
    assert re.search(r"Reading them takes about \d+ s here, going by 1 earlier upload", said(page))


def test_files_and_photos_collect_class_by_class_over_a_refresh(visit):
    drafts.add_files(STUDENT, "ants", [Upload("first.png", png(9))])
    page = visit(PAGE)
    assert "Add a second class" in said(page)
    assert button(page, "Make the data set").disabled
    page.segmented_control(key="intake_way").set_value("files").run()
    assert page.file_uploader[0].disabled
    page.selectbox(key="intake_class").set_value("ants").run()
    page.file_uploader[0].set_value([(f"{i}.png", png(i), "image/png") for i in range(4)]).run()
    drafts.add_files(STUDENT, "bees", [Upload("first.png", png(10))])
    page = visit(PAGE)
    page.segmented_control(key="intake_way").set_value("camera").run()
    page.selectbox(key="intake_class").set_value("bees").run()
    for i in range(3):
        page.camera_input[0].set_value((f"{i}.jpg", encoded(photo(50 + i), "JPEG"), "image/jpeg")).run()
        assert not page.exception
    assert drafts.counts(drafts.items(STUDENT)) == {"ants": 5, "bees": 4}
    assert "4 pictures of bees so far" in said(page)
    assert not button(page, "Make the data set").disabled
    next(found for found in page.button if str(found.key).startswith("take_out_")).click().run()
    assert drafts.counts(drafts.items(STUDENT)) == {"bees": 4}
    button(page, "Clear").click().run()
    button(page, "Delete them").click().run()
    assert drafts.items(STUDENT) == ()


def test_a_photo_of_nothing_is_not_kept(visit):
    drafts.add_files(STUDENT, "ants", [Upload("first.png", png(9))])
    page = visit(PAGE)
    page.segmented_control(key="intake_way").set_value("camera").run()
    page.selectbox(key="intake_class").set_value("ants").run()
    page.camera_input[0].set_value(("0.jpg", encoded(Image.new("RGB", (640, 480)), "JPEG"), "image/jpeg")).run()
    assert "The camera showed nothing yet" in page.error[0].value
    assert drafts.counts(drafts.items(STUDENT)) == {"ants": 1}


def test_a_folder_gives_its_classes_and_says_what_it_leaves_out(visit):
    page = visit(PAGE)
    files = [(f"top/{name}/{i}.png", png(i), "image/png") for i, name in enumerate(["ants"] * 4 + ["bees"] * 4)]
    upload(page, "folder", [*files, ("top/lonely.png", png(99), "image/png")])
    assert drafts.counts(drafts.items(STUDENT)) == {"ants": 4, "bees": 4}
    assert "1 file left out, such as top/lonely.png, which lies in no class folder" in said(page)


def test_what_arrived_is_no_longer_in_the_memory_of_the_server(visit, monkeypatch):
    from pages.shared.uploads import collect

    forgotten: list[str] = []
    monkeypatch.setattr(collect, "_forget", forgotten.extend)
    page = visit(PAGE)
    upload(page, "folder", [("top/ants/1.png", png(1), "image/png"), ("top/bees/1.png", png(2), "image/png")])
    assert len(set(forgotten)) == 2
    assert page.file_uploader[0].value in (None, [])


def test_a_refused_upload_is_one_sentence_and_nothing_is_kept(visit):
    page = visit(PAGE)
    upload(page, "archive", ("notes.zip", b"hello", "application/zip"))
    assert "notes.zip is damaged, or not a zip archive" in page.error[0].value.replace("\\", "")
    assert drafts.items(STUDENT) == ()
    page.run()
    assert not page.error


def test_a_limit_is_said_and_kept(visit, monkeypatch):
    monkeypatch.setenv("TL_UPLOAD_IMAGES", "3")
    settings.cache_clear()
    page = visit(PAGE)
    assert "At most 3 pictures" in said(page)
    upload(page, "folder", [(f"top/{name}/{i}.png", png(i), "image/png") for name in "ab" for i in range(2)])
    assert "4 pictures" in page.error[0].value
    assert "the limit is 3 at once" in page.error[0].value
    assert drafts.items(STUDENT) == ()


def test_who_has_as_many_data_sets_as_allowed_is_told_before_uploading(visit, made, monkeypatch):
    monkeypatch.setenv("TL_DATASETS_EACH", "1")
    settings.cache_clear()
    page = visit(PAGE)
    assert "You have 1 data set, which is the limit" in page.info[0].value
    assert not page.file_uploader


def test_an_intake_that_comes_to_nothing_says_why_and_lists_what_was_refused(visit):
    for name in ("ants", "bees"):
        drafts.add_files(STUDENT, name, [Upload(f"{i}.jpg", b"a note") for i in range(4)])
    page = visit(PAGE)
    button(page, "Make the data set").click().run()
    await_end(page)
    assert "None of its 8 files could be taken" in page.error[0].value
    assert "is a text file, not a picture" in page.dataframe[0].value.to_string()
    assert drafts.items(STUDENT)


def test_a_look_shows_the_pictures_and_what_is_odd(visit, made):
    page = visit(PAGE, dataset=made.id)
    assert "26 pictures: ants 9, bees 9, wasps 8" in said(page)
    assert "ants · 9 pictures" in said(page)
    assert "Exactly the same, in ants and bees; trained on" in said(page)
    assert [found.label for found in page.expander][:2] == [
        "2 groups of copies, 1 of them across classes",
        "1 file refused",
    ]
    assert "ants/note.txt" in page.dataframe[0].value.to_string()
    assert all(html.count("url(data:image/webp") == 1 for html in sheets(page))
    assert sum(html.count('class="test"') for html in sheets(page)[:3]) == sum(made.test.values())
    page.pills(key=f"class_{made.id}").set_value("wasps").run()
    assert sheets(page)[0].count("<i ") == 8


def test_racing_on_them_opens_the_lab_with_all_of_them(visit, made):
    page = visit(PAGE, dataset=made.id)
    page.button(key="race_on_these").click().run()
    assert not page.exception
    assert page.selectbox(key="race_dataset").value == made.id
    race = page.session_state["race"]
    assert (race.shared.data.per_class, race.shared.data.test_images) == (None, None)
    assert not button(page, "Start the race").disabled


def test_an_edit_makes_a_new_data_set_and_replaces_the_old_one_when_asked(visit, made):
    page = visit(PAGE, dataset=made.id)
    make = f"edit_{made.id}_make"
    assert page.button(key=make).disabled
    page.text_input(key=f"edit_{made.id}_0").set_value("stingers")
    page.text_input(key=f"edit_{made.id}_1").set_value("stingers").run()
    assert "Ants, bees become one class, stingers." in said(page)
    page.text_input(key=f"edit_{made.id}_2").set_value("").run()
    assert page.button(key=make).disabled
    page.text_input(key=f"edit_{made.id}_2").set_value("wasps")
    page.checkbox(key=f"edit_{made.id}_replace").set_value(True).run()
    page.button(key=make).click().run()
    await_end(page)
    (manifest,) = stored.owned(STUDENT)
    assert manifest.classes == {"stingers": 18, "wasps": 8}
    assert address(page)["dataset"] == manifest.id


def test_deleting_says_what_goes_with_it(visit, made, the_store):
    experiment = jobs.submit([run_spec(data={"dataset": made.id, "per_class": 2})], STUDENT, "Ants race")
    page = visit(PAGE)
    assert "26 pictures: ants 9, bees 9, wasps 8 · deleted in 90 days" in said(page)
    page.button(key=f"delete_{made.id}").click().run()
    assert "1 experiment and their trained models" in said(page)
    assert "Ants race" in said(page)
    button(page, "Delete for good").click().run()
    assert stored.belongs(made.id, STUDENT)
    jobs.stop([run.id for run in the_store.experiment(experiment).runs], STUDENT)
    page.button(key=f"delete_{made.id}").click().run()
    button(page, "Delete for good").click().run()
    assert not page.exception
    assert stored.owned(STUDENT) == []
    assert the_store.experiment(experiment) is None


def test_another_student_sees_neither_pictures_nor_collection(visit, made):
    drafts.add_files(STUDENT, "secret class", [Upload("a.png", png(1))])
    page = visit(PAGE, student=OTHER, dataset=made.id)
    nowhere = visit(PAGE, student=OTHER, dataset="own_" + "0" * 24)
    assert said(page) == said(nowhere)
    assert not sheets(page)
    assert "Insects" not in said(page)
    page = visit(PAGE, student=OTHER)
    assert "secret class" not in said(page)
    assert "Insects" not in said(page)


def test_who_watches_an_experiment_sees_no_picture_of_it(visit, made, the_store):
    specs = [
        run_spec(strategy=arm, data={"dataset": made.id, "per_class": 2})
        for arm in ("from_scratch", "feature_extraction")
    ]
    experiment = jobs.submit(specs, STUDENT, "Mine")
    train(the_store, experiment, 3)
    finish(the_store, experiment)
    page = visit("pages/1_Lab.py", student=OTHER, experiment=experiment)
    assert not sheets(page)
    assert not page.get("imgs")
    assert page.selectbox(key="race_dataset").value != made.id
    page.button(key="again").click().run()
    assert page.session_state["race"].dataset != made.id
    assert "Mine" not in said(visit("pages/2_History.py", student=OTHER))

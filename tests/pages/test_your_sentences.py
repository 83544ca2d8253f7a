"""The page of a student's own data with a table of sentences: from the table to a race on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab import until
from tests.pages.conftest import STUDENT
from tests.pages.lab import LAB, texts
from tests.uploading import taken_in
from tl_core.processes import intake
from tl_core.uploads import drafts, on_the_spot, stored
from tl_core.uploads.drafts import Upload
from tl_core.uploads.limits import UploadError


def said(page):
    """The words of the page, without its style sheet and Markdown's marks."""
    return texts(page).replace("\\", "").partition("<style>")[0]


PAGE = "pages/3_Your_images.py"
TABLE = "\n".join(
    ["text,label", *(f"words *{i}* of {kind},{kind}" for kind in ("praise", "scorn") for i in range(6)), ",scorn"]
)


def test_a_table_becomes_a_data_set_that_the_lab_offers_with_its_backbone(visit):
    page = visit(PAGE)
    page.segmented_control(key="intake_way").set_value("sentences").run()
    assert "At most 10,000 sentences of 5,000 characters" in said(page)
    page.file_uploader[0].set_value(("reviews.csv", TABLE.encode(), "text/csv")).run()
    assert "13 sentences: praise 6, scorn 7" in said(page)
    page.button(key="make_dataset").click().run()
    until(lambda: intake.look(STUDENT).outcome, 60, "the intake has ended")
    intake._children.popitem()[1].wait(30)
    page.run()
    assert not page.exception
    (made,) = stored.owned(STUDENT)
    assert (made.title, made.modality) == ("reviews", "sentences")
    assert "12 sentences: praise 6, scorn 6" in said(page)
    shown = "".join(html.proto.body for html in page.get("html"))
    assert ">words *0* of praise</blockquote>" in shown
    assert [expander.label for expander in page.expander if "refused" in expander.label] == ["1 row refused"]
    page.button(key="race_on_these").click().run()
    assert not page.exception

    lab = visit(LAB, dataset=made.id)
    assert next(box for box in lab.selectbox if box.label == "Backbone").value == "minilm_l6"
    assert ">words *0* of praise" in texts(lab)


def test_pictures_and_sentences_are_not_mixed(tmp_path: Path) -> None:
    drafts.add_archive(STUDENT, Upload("reviews.csv", TABLE.encode()))
    with pytest.raises(UploadError, match="make one of the sentences that you have collected, or clear them first"):
        drafts.add_files(STUDENT, "ants", [Upload("a.png", b"")])
    with pytest.raises(UploadError, match="holds pictures, recordings or sentences, not several of them"):
        drafts.add_files(STUDENT, "ants", [Upload("a.wav", b"")])
    with pytest.raises(UploadError, match=r"odd\.csv needs a column of texts"):
        drafts.add_archive("another", Upload("odd.csv", b"a,b\n1,2"))
    assert len(drafts.items(STUDENT)) == 1


def test_what_is_odd_about_sentences_is_said_of_sentences(visit, tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text(TABLE + "\nWords 0 of praise!,scorn", encoding="utf-8")
    made = taken_in(path, owner=STUDENT).dataset
    assert made is not None
    page = visit(PAGE, dataset=made.id)
    assert "1 sentence lies in more than one class" in said(page)
    assert "picture" not in said(page).lower()


def test_typed_sentences_and_a_table_become_one_data_set(visit):
    on_the_spot.add_sentences(STUDENT, "praise", "fine")
    page = visit(PAGE)
    page.segmented_control(key="intake_way").set_value("sentences").run()
    assert page.text_area[0].disabled
    page.selectbox(key="intake_class").set_value("praise").run()
    page.button(key="add_typed").click().run()
    assert "Write a sentence first" in page.error[0].value
    page.text_area[0].set_value("so fine\n\n" + "x" * 5_001).run()
    page.button(key="add_typed").click().run()
    assert "Sentence 2 is longer than 5,000 characters" in page.error[0].value.replace("\\", "")
    page.text_area[0].set_value("so fine\n\n  so very fine\nfiner *still*\n").run()
    page.button(key="add_typed").click().run()
    assert not page.exception
    assert not page.error
    assert page.text_area[0].value == ""
    assert "4 sentences of praise so far" in said(page)
    page.file_uploader[0].set_value(("reviews.csv", TABLE.encode(), "text/csv")).run()
    page.button(key="make_dataset").click().run()
    until(lambda: intake.look(STUDENT).outcome, 60, "the intake has ended")
    intake._children.popitem()[1].wait(30)
    page.run()
    (made,) = stored.owned(STUDENT)
    assert made.classes == {"praise": 10, "scorn": 6}
    assert {"so fine", "finer *still*", "words *0* of scorn"} <= set(stored.examples(made.id))

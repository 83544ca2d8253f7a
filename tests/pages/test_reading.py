"""What the page concludes from names, and the ways to say otherwise before a data set is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages.conftest import STUDENT
from tests.pages.lab import texts
from tests.uploading import pictures, zipped
from tests.uploads.archives import coded
from tl_core.uploads import drafts
from tl_core.uploads.drafts import Upload

PAGE = "pages/3_Your_images.py"


@pytest.fixture
def parted(tmp_path: Path) -> None:
    files = pictures("train/cats", "train/dogs", "test/cats", "test/dogs") | pictures("sample", each=1)
    drafts.add_archive(STUDENT, Upload("pets.zip", zipped(tmp_path / "x.zip", files).read_bytes()))


def said(page):
    return texts(page).replace("\\", "").replace("*", "")


def box(page, label):
    return next(found for found in page.selectbox if found.label == label)


def test_the_classes_below_parts_are_shown_with_what_is_left_out(visit, parted):
    page = visit(PAGE)
    assert "24 pictures: cats 12, dogs 12" in said(page)
    assert "The folders train and test were put together." in said(page)
    assert "1 file left out, such as sample/0.png, which lies in sample" in said(page)


def test_somebody_says_that_other_folders_are_the_classes_and_takes_it_back(visit, parted):
    page = visit(PAGE)
    box(page, "The classes are").set_value(0).run()
    assert "25 pictures: sample 1, test 12, train 12" in said(page)
    box(page, "The classes are").set_value(-1).run()
    assert "24 pictures: cats 12, dogs 12" in said(page)


def test_the_publishers_test_part_is_offered(visit, parted):
    page = visit(PAGE)
    options = box(page, "The test pictures are").options
    assert options[:2] == ["A quarter of each class, drawn here", "test, as published: 12 pictures"]
    box(page, "The test pictures are").set_value("test").run()
    (item,) = drafts.items(STUDENT)
    with drafts.contents(STUDENT, [item]) as contents:
        assert {found.file.split("/")[0] for found in contents.found if found.held_out} == {"test"}
        assert contents.conclusion.choice.test_part == "test"


def test_another_code_page_is_chosen_and_one_that_does_not_fit_is_refused(visit, tmp_path):
    source = coded(tmp_path / "x.zip", {f"{n}/{i}.png": b"x" for n in ("猫", "犬") for i in range(4)}, "euc_jp")
    drafts.add_archive(STUDENT, Upload("pets.zip", source.read_bytes()))
    page = visit(PAGE)
    assert "The names do not say in which code page they are written" in said(page)
    box(page, "The names are written in").set_value("euc_jp").run()
    assert "犬 4, 猫 4" in said(page)
    box(page, "The names are written in").set_value("utf-8").run()
    assert "The names are not written in Unicode" in page.error[0].value
    assert "犬 4, 猫 4" in said(page)


def test_a_table_gives_labels_until_somebody_says_that_the_folders_do(visit, tmp_path):
    files = {f"all/{i}.png": data for i, data in enumerate(pictures("a", "b").values())}
    rows = "".join(f"{i}.png,{'cat' if i % 2 else 'dog'}\n" for i in range(12))
    source = zipped(tmp_path / "x.zip", files | {"labels.csv": b"file,label\n" + rows.encode()})
    drafts.add_archive(STUDENT, Upload("pets.zip", source.read_bytes()))
    page = visit(PAGE)
    assert "12 pictures: cat 6, dog 6" in said(page)
    assert "The classes come from the table labels.csv, its column label" in said(page)
    box(page, "Where the labels are").set_value("folders").run()
    assert "12 pictures: all 12" in said(page)


def test_folders_that_name_no_class_can_still_be_told_to(visit, tmp_path):
    source = zipped(tmp_path / "x.zip", pictures("train", "test"))
    drafts.add_archive(STUDENT, Upload("trains.zip", source.read_bytes()))
    page = visit(PAGE)
    assert "12 files left out" in said(page) or "6 files left out" in said(page)
    box(page, "The classes are").set_value(0).run()
    assert "12 pictures: test 6, train 6" in said(page)


def test_names_with_marks_of_markdown_are_shown_as_they_are(visit, tmp_path):
    source = zipped(tmp_path / "x.zip", pictures("<b>", "$5", "A:B", "NaN", each=4))
    drafts.add_archive(STUDENT, Upload("marks.zip", source.read_bytes()))
    assert "16 pictures: $5 4, <b> 4, A:B 4, NaN 4" in said(visit(PAGE))

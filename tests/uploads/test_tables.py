"""Labels in a table beside the pictures."""

from __future__ import annotations

import io
from collections import Counter
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.uploading import ME, pictures, taken_in, zipped
from tests.uploads.reading import PNG
from tl_core.uploads import reader, subsets
from tl_core.uploads.choices import FOLDERS, Choice
from tl_core.uploads.code_pages import CODE_PAGES
from tl_core.uploads.intake import intake
from tl_core.uploads.limits import Entry, Listing, UploadError
from tl_core.uploads.reader import Contents

FLAT = [f"images/{i}.jpg" for i in range(8)]
KINDS = ["cat", "dog"] * 4


def arranged(table: str | bytes, files: list[str] = FLAT, name: str = "labels.csv", **choice: object) -> Contents:
    return among(files, {name: table.encode() if isinstance(table, str) else table}, **choice)


def among(files: list[str], tables: dict[str, bytes], **choice: object) -> Contents:
    entries = [Entry(file, lambda: PNG) for file in files]
    entries += [Entry(name, partial(bytes, data)) for name, data in tables.items()]
    return reader.arranged(Listing(entries), Choice(**choice))


def labels(contents: Contents) -> dict[str, str]:
    return {found.file: found.label for found in contents.found}


def csv(rows: list[tuple[str, ...]], *heading: str, separator: str = ",") -> str:
    return "\n".join(separator.join(row) for row in ([heading, *rows] if heading else rows))


TRUE = dict(zip(FLAT, KINDS, strict=True))
NUMBERS = [str(i) for i in range(8)]
FORMS = {
    "names": csv([(f"{i}.jpg", kind) for i, kind in enumerate(KINDS)], "file", "label"),
    "paths": csv(list(zip(FLAT, KINDS, strict=True)), "path", "species"),
    "other roots": csv([(f"C:\\data\\images\\{i}.JPG", kind) for i, kind in enumerate(KINDS)], "image", "class"),
    "ids": csv(list(zip(NUMBERS, KINDS, strict=True)), "id", "breed"),
    "semicolons": csv(list(zip(NUMBERS, KINDS, strict=True)), "id", "breed", separator=";"),
    "no heading": csv([(f"{i}.jpg", kind) for i, kind in enumerate(KINDS)]),
    "more columns": csv(
        [(n, f"a text {n}", k, str(i)) for i, (n, k) in enumerate(zip(NUMBERS, KINDS, strict=True))],
        "id",
        "caption",
        "what",
        "width",
    ),
    "marks and spaces": "\ufeffsep=;\r\n"
    + "\r\n".join(f'"{n}"; "{k}"' for n, k in [("id", "label"), *enumerate(KINDS)]),
    "another ending": csv([(f"{i}.png", kind) for i, kind in enumerate(KINDS)], "file", "label"),
    "one column each": csv(
        [(n, str(int(k == "cat")), f"{int(k == 'dog')}.0") for n, k in zip(NUMBERS, KINDS, strict=True)],
        "image",
        "cat",
        "dog",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_table_gives_the_classes_and_that_is_said(form: str) -> None:
    contents = arranged(FORMS[form])
    assert labels(contents) == TRUE
    assert contents.conclusion.notes[0].startswith("The classes come from the table labels.csv, its column")
    assert dict(contents.rejected) == {"labels.csv": "is a table of the labels"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_table_in_another_encoding(encoding: str) -> None:
    table = csv([(f"{i}.jpg", kind.replace("cat", "Käfer")) for i, kind in enumerate(KINDS)], "file", "label")
    assert set(labels(arranged(table.encode(encoding))).values()) == {"Käfer", "dog"}


def test_names_in_another_form_of_unicode() -> None:
    files = [f"images/Ka\u0308fer {i}.jpg" for i in range(8)]
    table = csv([(f"K\u00e4fer {i}.jpg", kind) for i, kind in enumerate(KINDS)], "file", "label")
    assert list(labels(arranged(table, files)).values()) == sorted(KINDS)


def test_the_sheet_with_the_most_cells_counts() -> None:
    pytest.importorskip("openpyxl")
    stream = io.BytesIO()
    with pd.ExcelWriter(stream) as writer:
        pd.DataFrame({"note": ["made in May"]}).to_excel(writer, sheet_name="about", index=False)
        pd.DataFrame({"file": NUMBERS, "label": KINDS}).to_excel(writer, sheet_name="labels", index=False)
    assert labels(arranged(stream.getvalue(), name="labels.xlsx")) == TRUE


def test_an_excel_sheet() -> None:
    pytest.importorskip("openpyxl")
    stream = io.BytesIO()
    pd.DataFrame({"file": NUMBERS, "label": [*KINDS[:-2], "NaN", "NaN"]}).to_excel(stream, index=False)
    assert labels(arranged(stream.getvalue(), name="labels.xlsx")) == TRUE | {FLAT[6]: "NaN", FLAT[7]: "NaN"}


BOTH = {"cat", "dog"}
SEVERAL = {
    "a column each": (csv([(n, "1", str(i % 2)) for i, n in enumerate(NUMBERS)], "image", "cat", "dog"), "cat"),
    "in one cell": (csv([(n, "cat|dog" if i % 2 else "dog") for i, n in enumerate(NUMBERS)], "image", "tags"), "dog"),
    "a row each": (csv([(n, k) for n in NUMBERS for k in ["cat", "dog"][int(n) % 2 :]], "image", "label"), "dog"),
}


@pytest.mark.parametrize("form", SEVERAL)
def test_several_labels_at_once_are_read(form: str) -> None:
    table, alone = SEVERAL[form]
    contents = arranged(table)
    its = {found.file: {found.label, *found.also} for found in contents.found}
    both = {file for i, file in enumerate(FLAT) if i % 2 == (form != "a row each")}
    assert its == {file: BOTH if file in both else {alone} for file in FLAT}
    assert sorted(labels(contents).values()) == sorted(KINDS)
    assert "A picture can have several labels" in contents.conclusion.notes[0]


def test_one_picture_of_many_with_two_labels_is_refused_and_named() -> None:
    files = [f"{i}.jpg" for i in range(60)]
    rows = [(file, ["cat", "dog"][i % 2]) for i, file in enumerate(files)] + [("7.jpg", "cat")]
    contents = arranged(csv(rows, "image", "label"), files)
    assert dict(contents.rejected)["7.jpg"] == "has the labels dog and cat in labels.csv"
    assert not any(found.also for found in contents.found)


@given(some.lists(some.sets(some.sampled_from("abcdef"), min_size=1), max_size=60))
def test_a_picture_is_drawn_for_one_of_its_labels_and_keeps_the_others(pictures: list[set[str]]) -> None:
    ordered = subsets.drawn_for([sorted(its) for its in pictures])
    assert [set(its) for its in ordered] == pictures
    assert all(len(set(its)) == len(its) for its in ordered)


def test_a_label_that_never_stands_alone_has_pictures_of_its_own() -> None:
    pictures = [("cat", "pet"), ("dog", "pet")] * 30
    assert set(Counter(its[0] for its in subsets.drawn_for(pictures)).values()) == {20}


def test_pictures_and_rows_without_the_other_are_told() -> None:
    table = csv(
        [("0", "cat"), ("1", "dog"), ("2", "cat"), ("3", "dog"), ("4", ""), ("5", "cat"), ("99", "cat")], "id", "x"
    )
    contents = arranged(table)
    told = dict(contents.rejected)
    assert told["images/4.jpg"] == "has no label in labels.csv"
    assert told["images/6.jpg"] == told["images/7.jpg"] == "stands in no row of labels.csv"
    assert "1 row without a picture here" in contents.conclusion.notes[0]


def test_names_in_several_folders_are_told_apart_by_the_name_of_the_table() -> None:
    files = [f"{part}/{i}.jpg" for part in ("train", "test") for i in range(8)]
    table = csv(list(zip(NUMBERS, KINDS, strict=True)), "id", "breed")
    contents = arranged(table, files, "train.csv")
    assert labels(contents) == {f"train/{i}.jpg": kind for i, kind in enumerate(KINDS)}
    assert dict(contents.rejected)["test/0.jpg"] == "stands in no row of train.csv"


def test_a_column_may_say_which_part_a_picture_is_in() -> None:
    files = [f"images/{i}.jpg" for i in range(16)]
    rows = [(str(i), "cat" if i % 2 else "dog", "test" if i < 4 else "train") for i in range(16)]
    contents = arranged(csv(rows, "id", "label", "split"), files, test_part="test")
    assert contents.conclusion.parts == {"test": 4}
    assert [found.file for found in contents.found if found.held_out] == [f"images/{i}.jpg" for i in (1, 3, 0, 2)]


PARTS = ("test", "train", "valid")
BY_PART = {
    "beside the folders": "{part}.csv",
    "in the folders": "{part}/labels.csv",
    "as Roboflow exports several labels": "{part}/_classes.csv",
}


@pytest.mark.parametrize("form", BY_PART)
def test_a_table_for_each_part_is_read_like_one(form: str) -> None:
    files = [f"{part}/{i}.jpg" for part in PARTS for i in range(8)]
    zeros = csv([(f"{i}.jpg", str(i % 2), str(1 - i % 2)) for i in range(8)], "filename", " dog", " cat")
    one = zeros if "_classes" in BY_PART[form] else csv(list(zip(NUMBERS, KINDS, strict=True)), "id", "label")
    tables = {BY_PART[form].format(part=part): one.encode() for part in PARTS}
    invented = {"sample_submission.csv": csv([(file, "cat") for file in files], "id", "label").encode()}
    contents = among(files, tables | invented, test_part="test")
    assert labels(contents) == {file: KINDS[int(file[-5])] for file in files}
    assert contents.conclusion.notes[0].startswith(
        f"The classes come from the tables {', '.join(list(tables)[:2])} and"
    )
    assert sum(found.held_out for found in contents.found) == 8
    assert dict(contents.rejected)["sample_submission.csv"] == "is a table, and is not used for the labels"


def test_tables_that_contradict_each_other_are_not_joined() -> None:
    mine, yours = (
        csv([(n, k) for n, k in zip(NUMBERS, kinds, strict=True)], "id", "label") for kinds in (KINDS, KINDS[::-1])
    )
    contents = among(FLAT, {"ann.csv": mine.encode(), "ben.csv": yours.encode()})
    assert labels(contents) == TRUE
    assert dict(contents.rejected)["ben.csv"] == "is a table, and is not used for the labels"


@pytest.mark.parametrize(("encoding", "kinds"), [("cp1251", "кот пёс"), ("gbk", "猫 狗"), ("cp932", "ネコ イヌ")])
def test_a_table_in_a_code_page_is_read_and_that_is_said(encoding: str, kinds: str) -> None:
    table = csv([(n, kinds.split()[i % 2]) for i, n in enumerate(NUMBERS)], "id", "label").encode(encoding)
    contents = arranged(table)
    assert set(labels(contents).values()) == set(kinds.split())
    assert f"read as {CODE_PAGES[encoding].title}" in contents.conclusion.notes[0]
    assert contents.conclusion.encoding == encoding
    assert set(labels(arranged(table, encoding="koi8_r")).values()) == {
        kind.encode(encoding).decode("koi8_r") for kind in kinds.split()
    }


def test_a_table_that_says_nothing_says_what_it_needs() -> None:
    (said,) = arranged("id,label\n77,cat\n78,dog\n").conclusion.notes
    assert said.startswith("labels.csv does not say which picture has which label: it needs a column with the names")


def test_folders_come_first_and_somebody_may_say_otherwise() -> None:
    files = [f"{kind}/{i}.jpg" for i, kind in enumerate(["ant", "bee"] * 4)]
    assert set(labels(arranged(FORMS["ids"], files)).values()) == {"ant", "bee"}
    assert set(labels(arranged(FORMS["ids"], files, labels="labels.csv")).values()) == {"cat", "dog"}
    assert set(labels(arranged(FORMS["ids"], labels=FOLDERS)).values()) == {"images"}
    by_caption = arranged(FORMS["more columns"], labels="labels.csv", column="caption")
    assert set(labels(by_caption).values()) == {f"a text {i}" for i in range(8)}
    for choice, words in (({"labels": "no.csv"}, "no table no.csv"), ({"column": "x"}, "no column x: it has")):
        with pytest.raises(UploadError, match=words):
            arranged(FORMS["ids"], **choice)


@pytest.mark.parametrize(
    "table", ["", "\0\0\0", "a,b\n1,2,3,4\n", csv([("x", "y")], "no", "pictures"), "id\n0\n1\n2\n"]
)
def test_a_table_that_says_nothing_changes_nothing(table: str) -> None:
    assert set(labels(arranged(table)).values()) == {"images"}


def test_a_table_makes_a_data_set_with_the_test_part_of_its_publisher(tmp_path: Path) -> None:
    files = {f"all/{i}.png": data for i, data in enumerate(pictures("a", "b", each=8).values())}
    rows = [(f"{i}.png", "cat" if i < 8 else "dog", "test" if i % 4 == 0 else "train") for i in range(16)]
    source = zipped(tmp_path / "x.zip", files | {"labels.csv": csv(rows, "file", "label", "split").encode()})
    assert taken_in(source).classes == {"cat": 8, "dog": 8}
    with reader.opened(source, Choice(test_part="test")) as contents:
        made = intake(contents, "Mine", ME, lambda _: None, lambda: False)
    assert made.dataset is not None
    assert made.dataset.test == {"cat": 2, "dog": 2}
    assert "test is the test part, as published." in made.warnings

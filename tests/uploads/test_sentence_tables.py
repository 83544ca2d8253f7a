"""Sentences of one's own from a table: read, kept, compared, edited; bad tables end in one sentence."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.uploading import ME, ignore, never, taken_in, zipped
from tl_core import catalog
from tl_core.base.settings import settings
from tl_core.catalog.samples import samples
from tl_core.uploads import drafts, editing, reader, sentences, stored
from tl_core.uploads.choices import Choice
from tl_core.uploads.decode import Refused
from tl_core.uploads.intake import Intake
from tl_core.uploads.kinds import KINDS
from tl_core.uploads.limits import UploadError
from tl_core.uploads.records import Manifest

GOOD = [f"good film number {i}" for i in range(6)]
BAD = [f"schlechter Film, Nr. {i}: “{i}”" for i in range(6)]
ROWS = [(text, "good") for text in GOOD] + [(text, "bad") for text in BAD]


def table(
    rows: list[tuple[str, str]] = ROWS, separator: str = ",", heading: tuple[str, str] = ("text", "label")
) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=separator).writerows([heading, *rows])
    return written.getvalue()


def imported(folder: Path, content: str | bytes, name: str = "reviews.csv", **options: object) -> Intake:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return taken_in(path, **options)


def made(folder: Path, *arguments: object) -> Manifest:
    found = imported(folder, *(arguments or (table(),)))
    assert found.dataset is not None, found.problem
    return found.dataset


def test_sentences_are_stored_with_their_classes_and_offered_as_such(tmp_path: Path) -> None:
    mine = made(tmp_path)
    assert (mine.modality, mine.classes) == ("sentences", {"bad": 6, "good": 6})
    rows, texts = stored.read_rows(mine.id), stored.examples(mine.id)
    names = list(mine.classes)
    assert {(text, names[label]) for text, label in zip(texts, rows.labels, strict=True)} == set(ROWS)
    assert rows.files[list(texts).index(GOOD[0])] == "row 2"
    entry = catalog.dataset(mine.id)
    assert (entry.holds.many, entry.side) == ("sentences", 48)
    assert {(one.pixels, one.name) for one in samples(mine.id)} <= set(ROWS)
    assert [one.name for one in samples(mine.id)] == ["bad", "good"] * 5
    assert catalog.together("minilm_l6", mine.id)
    assert not catalog.together("mobilenet_025", mine.id)


def test_damaged_sentences_are_not_shown_and_hold_up_no_page(tmp_path: Path) -> None:
    mine = made(tmp_path)
    file = settings().home / "datasets" / mine.id / KINDS["sentences"].file
    file.write_bytes(file.read_bytes()[:-20])
    assert samples(mine.id) == []
    assert catalog.datasets(ME)[mine.id].title == mine.title


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "cp1252"]
)
def test_delimiters_and_encodings_give_the_same_data_set(tmp_path: Path, separator: str, encoding: str) -> None:
    content = table(separator=separator, heading=("Sentiment", "Review"), rows=[(b, a) for a, b in ROWS])
    assert made(tmp_path, content.encode(encoding)).id == made(tmp_path).id


def test_an_excel_sheet_and_single_quotes_are_read_too(tmp_path: Path) -> None:
    sheet = io.BytesIO()
    pd.DataFrame(ROWS, columns=["text", "label"]).to_excel(sheet, index=False)
    assert made(tmp_path, sheet.getvalue(), "reviews.xlsx").id == made(tmp_path).id
    quoted = "\n".join(["'text','label'", *(f"'{text}','{label}'" for text, label in ROWS)])
    assert made(tmp_path, quoted).id == made(tmp_path).id


def test_rows_that_cannot_be_used_are_refused_one_by_one(tmp_path: Path) -> None:
    odd = [("", "good"), ("\0 \0", "good"), ("word " * 10_000, "good"), ("no label", ""), ("x", "y" * 61)]
    odd += [("no label", "")] * 90
    found = imported(tmp_path, table([*ROWS, *odd]))
    assert found.dataset is not None
    assert sum(found.classes.values()) == len(ROWS)
    assert found.report.rejected[-1][0] == f"row {1 + len(ROWS) + len(odd)}"
    assert found.report.rejected[:5] == (
        ("row 14", "is empty"),
        ("row 15", "is empty"),
        ("row 16", "is longer than 5,000 characters: shorten it"),
        ("row 17", "has no label"),
        ("row 18", "has a label of more than 60 characters"),
    )


def test_the_same_words_stay_on_one_side_and_with_two_labels_out_of_the_test(tmp_path: Path) -> None:
    found = imported(tmp_path, table([*ROWS, ("Good film, number 0!", "good"), ("good film number 1", "bad")]))
    assert found.dataset is not None
    rows = stored.read_rows(found.dataset.id)
    assert len(set(zip(rows.groups, rows.is_test, strict=True))) == len(set(rows.groups))
    assert sorted(copies.exact for copies in found.report.copies) == [False, True]
    assert any("sentence lies in more than one class" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "needs a column of texts"),
        ("\0" * 100, "begins with NUL characters"),
        ("текст,label\nтак,good\n".encode("utf-16-le"), "begins with NUL characters"),
        ("text,label,text\na,b,c", "has several columns called text: rename all but one"),
        ("Text,label,text\na,b,c", "has the columns Text and text, which are called alike"),
        ("text,label,Label\na,b,c", "has the columns label and Label, which are called alike"),
        ("x" * 5000, "needs a column of texts .{,100} which has x{60}\\.$"),
        ("text,label", "has no row below its first one"),
        ("a,b\n1,2", r"needs a column of texts \(text\) and one of labels \(label\) in .* row, which has a and b"),
        ("text,label\na,b,c,d", r"is a table .*Expected 2 fields in line 2, saw 4\): put cells that hold commas"),
        ('text,label\n"never closed,good', "is a table that cannot be read"),
        ("text,label\n" + "x" * 200_000, "is a table that cannot be read"),
        ("," * 70_000, "is a table of more than 1,000 columns"),
        (b"PK\x03\x04 no sheet", "is a table that cannot be read|needs a column"),
        (b"text,label\n" + b"x" * (17 * 1024**2), "is a table of more than 17 MB"),
        ("text,label\n" + "a,b\n" * 10_002, "has more than 10,000 sentences, which is the limit"),
    ],
)
def test_a_table_that_is_no_use_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, home: Path, content: str | bytes, words: str
) -> None:
    with pytest.raises(UploadError, match=f"^reviews.csv {words}"):
        imported(tmp_path, content)
    assert not (home / "datasets").exists() or not list((home / "datasets").iterdir())


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([(text, "good") for text in GOOD], "only one class, 'good': a classifier needs at least two to tell apart."),
        ([("", "good"), ("", "bad")], "None of its 2 rows could be taken: row 2 is empty."),
        ([*ROWS, ("alone", "rare")], "Class 'rare' has 1 sentence: at least 4 different ones are needed"),
    ],
)
def test_what_cannot_be_trained_on_is_said_of_sentences(
    tmp_path: Path, home: Path, rows: list[tuple[str, str]], words: str
) -> None:
    found = imported(tmp_path, table(rows))
    assert found.dataset is None
    assert words in found.problem
    assert list((home / "datasets").iterdir()) == []


CELL = some.text(some.characters(exclude_categories=["Cs"]), max_size=30)


@given(rows=some.lists(some.tuples(CELL, CELL), min_size=1, max_size=12), separator=some.sampled_from(",;\t|"))
def test_whatever_stands_in_a_table_each_row_is_taken_or_refused(rows: list[tuple[str, str]], separator: str) -> None:
    with suppress(Refused):
        found = sentences.read("any.csv", table(rows, separator).encode(), 20)
        assert len(found.rows) <= len(rows)
        assert all(bool(row.label) != bool(row.reason) for row in found.rows)


@given(content=some.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for name in ("any.csv", "any.xlsx", "any.tsv"):
        with suppress(Refused):
            assert len(sentences.read(name, b"text,label\n" + content, 300).rows) <= len(content)


def test_classes_are_renamed_without_the_table(tmp_path: Path) -> None:
    mine = made(tmp_path)
    new = editing.edited(mine.id, ME, {"good": "praise"}, "Praise", 1, ignore, never).dataset
    assert new is not None
    assert (new.modality, new.classes) == ("sentences", {"bad": 6, "praise": 6})
    assert sorted(stored.examples(new.id)) == sorted(stored.examples(mine.id))


def test_once_deleted_or_expired_no_sentence_is_left(tmp_path: Path, home: Path) -> None:
    mine = made(tmp_path)
    assert stored.bytes_used(ME) > sum(len(text) for text, _ in ROWS)
    stored.discard(mine.id, keep_manifest=True)
    assert not any(GOOD[0].encode() in path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert not stored.has_examples(mine.id)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not good .", ["not", "good", "."]),
        ("这部电影，很好。", ["这", "部", "电", "影", "，", "很", "好", "。"]),
        ("すごい movieだ", ["す", "ご", "い", "movie", "だ"]),
        ("หนังดี", ["ห", "นั", "ง", "ดี"]),
        ("좋은 영화 👩‍👧", ["좋은", "영화", "👩‍👧"]),
        ("", []),
    ],
)
def test_words_of_a_sentence_in_scripts_with_and_without_spaces(text: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in sentences.parts(text)] == words


@given(text=some.text(max_size=40))
def test_the_words_are_all_of_a_sentence_but_its_spaces(text: str) -> None:
    found = sentences.parts(text)
    assert "".join(text[start:end] for start, end in found) == "".join(text.split())


def test_a_column_is_chosen_by_name(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("text,label,topic\nso,good,film\n", encoding="utf-8")
    assert sentences.read(path.name, path.read_bytes(), 10, "topic").rows[0].label == "film"
    with pytest.raises(Refused, match="one of labels called nowhere"):
        sentences.read(path.name, path.read_bytes(), 10, "nowhere")


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"level": 0}, "it has no class level to choose"),
        ({"labels": "labels.csv", "test_part": "test"}, "it has no other table and no test part to choose"),
    ],
)
def test_a_choice_that_only_folders_know_is_refused(tmp_path: Path, choice: dict[str, object], words: str) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text(table(), encoding="utf-8")
    with (
        pytest.raises(UploadError, match=f"^reviews.csv is a table of sentences: {words}"),
        reader.opened(path, Choice(**choice)),
    ):
        pass


def test_a_table_of_sentences_in_an_archive_or_a_folder_is_told_to_stand_alone(tmp_path: Path) -> None:
    words = "reviews.csv looks like a table of sentences: upload such a table alone"
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "reviews.csv").write_text(table(), encoding="utf-8")
    archive = zipped(tmp_path / "x.zip", {"reviews.csv": table().encode()})
    for source in (folder, archive):
        assert words in taken_in(source).problem
    with pytest.raises(UploadError, match=words):
        drafts.add_archive(ME, drafts.Upload("x.zip", archive.read_bytes()))
    with pytest.raises(UploadError, match=f"^{words}"), reader.opened(archive, Choice(labels="reviews.csv")):
        pass


def test_a_table_in_an_old_code_page_says_so_and_can_be_read_in_another(tmp_path: Path) -> None:
    source = tmp_path / "x.csv"
    source.write_bytes(table(rows=[("хороший фильм", "да"), ("«плохо» — и всё", "нет")]).encode("cp1251"))
    with reader.opened(source) as contents:
        assert [found.label for found in contents.found] == ["да", "нет"]
        assert [found.read().decode() for found in contents.found] == ["хороший фильм", "«плохо» — и всё"]
    assert contents.conclusion.encoding == "cp1251"
    assert "It was read as Cyrillic, Windows (1251)." in contents.conclusion.notes[0]
    with reader.opened(source, Choice(encoding="cp1250")) as contents:
        assert "да" not in {found.label for found in contents.found}

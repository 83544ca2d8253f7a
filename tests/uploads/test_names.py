"""Names of classes: how archives encode them, what becomes of them, and that no two become one in silence."""

from __future__ import annotations

import os
import random
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.uploading import taken_in
from tests.uploads.archives import coded
from tests.uploads.reading import PNG, look
from tests.uploads.trees import tree
from tl_core.uploads import quality, reader
from tl_core.uploads.choices import Choice
from tl_core.uploads.code_pages import CODE_PAGES, likeliest
from tl_core.uploads.labels import clean_label
from tl_core.uploads.limits import Entry, Listing, UploadError
from tl_core.uploads.reader import Contents

SAID = "The names do not say in which code page"


def archive(tmp_path: Path, encoding: str, *names: str, unicode_path: str = "") -> Path:
    files = {f"{name}/{i}.png": PNG for name in names for i in range(4)}
    return coded(tmp_path / "x.zip", files, encoding, unicode_path)


def labels(contents: Contents) -> set[str]:
    return {found.label for found in contents.found}


def is_said(contents: Contents) -> bool:
    return any(note.startswith(SAID) for note in contents.conclusion.notes)


WORDS = [
    ("cp850", "pão maçã"),
    ("cp850", "Müll Käfer"),
    ("cp437", "niño árbol"),
    ("cp1252", "été forêt"),
    ("mac_roman", "Käfer Müll"),
    ("gbk", "猫 狗"),
    ("gbk", "苹果 香蕉 橙子"),
    ("gbk", "健康 病变"),
    ("cp932", "猫 犬"),
    ("cp932", "能面 能楽 犬"),
    ("cp932", "ソース 十 表"),
    ("cp932", "りんご バナナ"),
    ("cp949", "고양이 강아지"),
    ("big5", "蘋果 香蕉"),
    ("big5", "功能 許多"),
    ("cp866", "кошка собака"),
    ("cp1251", "Кошки Собаки"),
    ("cp1251", "КОШКА СОБАКА"),
    ("koi8_r", "кошка собака"),
    ("cp852", "łódź koń"),
    ("cp1250", "kočka šípek"),
    ("cp737", "γάτα σκύλος"),
    ("cp1254", "kuş ağaç"),
    ("cp862", "חתול כלב"),
    ("cp720", "قطة كلب"),
]


@pytest.mark.parametrize(("encoding", "words"), WORDS)
def test_names_in_a_code_page_are_read_and_that_is_said(tmp_path: Path, encoding: str, words: str) -> None:
    contents = look(archive(tmp_path, encoding, *words.split()))
    assert labels(contents) == set(words.split())
    assert is_said(contents)


def test_unicode_without_its_flag_needs_no_word(tmp_path: Path) -> None:
    contents = look(archive(tmp_path, "utf-8", "Käfer", "Müll", "кошка"))
    assert labels(contents) == {"Käfer", "Müll", "кошка"}
    assert not contents.conclusion.notes


def test_the_unicode_path_counts_where_its_checksum_fits(tmp_path: Path) -> None:
    right = look(archive(tmp_path, "cp866", "кошка", "собака", unicode_path="right"))
    assert labels(right) == {"кошка", "собака"}
    assert not is_said(right)
    assert is_said(look(archive(tmp_path, "cp866", "кошка", "собака", unicode_path="wrong")))


def test_another_code_page_can_be_chosen(tmp_path: Path) -> None:
    source = archive(tmp_path, "euc_jp", "猫", "犬")
    with reader.opened(source, Choice(encoding="euc_jp")) as contents:
        assert labels(contents) == {"猫", "犬"}
    with pytest.raises(UploadError, match="not written in Unicode"), reader.opened(source, Choice(encoding="utf-8")):
        pass
    with pytest.raises(UploadError, match="no code page 'morse'"), reader.opened(source, Choice(encoding="morse")):
        pass


@given(some.lists(some.binary(min_size=1, max_size=20), min_size=1, max_size=6))
def test_any_bytes_are_text_in_one_encoding(names: list[bytes]) -> None:
    encoding = likeliest(names)
    assert encoding in ("ascii", *CODE_PAGES)
    assert all(name.decode(encoding).encode(encoding) for name in names)


SCRIPTS = {
    "cp850": "Käfer Müll pão maçã cat",
    "gbk": "苹果 香蕉 橙子 葡萄 西瓜",
    "cp932": "能面 りんご ソース 表情 十字",
    "cp866": "кошка собака птица рыба",
    "cp949": "고양이 강아지 사과 바나나",
    "utf-8": "Käfer 猫 кошка 👩\u200d🔬 می\u200cخواهم",
}


def check(rng: random.Random, path: Path) -> None:
    """An archive of a random tree in a random script is read right, or it is said how its names were read."""
    encoding, words = rng.choice(list(SCRIPTS.items()))
    made = tree(rng, [*words.split(), "train", "bus", "$5"])
    files = {"/".join((*folders, f"{i}.png")): name for i, (folders, name) in enumerate(made.pictures)}
    with reader.opened(coded(path, dict.fromkeys(files, b""), encoding)) as contents:
        found = {one.file.rpartition("/")[2]: one.label for one in contents.found}
        doubted = is_said(contents)
    expected = {file.rpartition("/")[2]: name for file, name in files.items() if name}
    assert found.keys() == expected.keys()
    pairs = {(found[file], expected[file]) for file in found}
    assert len(pairs) == len(set(expected.values()))  # no class is divided, no two are one
    assert doubted or all(read == name for read, name in pairs), (pairs, encoding)


@settings(max_examples=25)
@given(some.randoms(use_true_random=False))
def test_archives_of_random_trees_are_read_right_or_say_how(tmp_path: Path, rng: random.Random) -> None:
    check(rng, tmp_path / "x.zip")


@pytest.mark.long
def test_two_thousand_archives_of_random_trees_are_read_right_or_say_how(tmp_path: Path) -> None:
    rng = random.Random(7)
    for _ in range(2000):
        check(rng, tmp_path / "x.zip")


@pytest.mark.skipif(os.name != "posix", reason="the names of files are bytes there only")
def test_names_on_a_disk_that_are_not_unicode_are_read_in_one_code_page(tmp_path: Path) -> None:
    for name in (b"c\xf4te", b"c\xe9te", b"mer"):
        folder = os.fsencode(tmp_path / "x") + b"/" + name
        Path(os.fsdecode(folder)).mkdir(parents=True)
        Path(os.fsdecode(folder), "1.png").write_bytes(PNG)
    contents = look(tmp_path / "x")
    assert labels(contents) == {"côte", "céte", "mer"}
    assert is_said(contents)


KEPT = ["red, big", "red big", "👩\u200d🔬", "👩🔬", "می\u200cخواهم", "میخواهم", "$5", "<b>", "NaN", "2020-05", "A:B"]
KEPT += [
    "ก\u0e48า",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "R&amp;D",
    "क्\u200dष",
    "None",
    "1e5",
]


def test_names_stay_as_they_are(tmp_path: Path) -> None:
    contents = look(archive(tmp_path, "utf-8", *KEPT))
    assert labels(contents) == set(KEPT)
    assert not contents.rejected


def arranged(*folders: str) -> Contents:
    return reader.arranged(Listing([Entry(f"{name}/1.png", lambda: PNG) for name in folders]))


def test_folders_that_look_the_same_are_one_class_and_that_is_said() -> None:
    contents = arranged("red  big", "red big", "blue\u200b", "blue", "wh\u202eite")
    assert labels(contents) == {"red big", "blue", "white"}
    assert contents.conclusion.notes == (
        "'red  big' and 'red big' became one class, red big: their names look the same.",
        "'blue' and 'blue<U+200B>' became one class, blue: their names look the same.",
    )
    assert not arranged(unicodedata.normalize("NFD", "Käfer"), "Käfer", "Maus").conclusion.notes


@given(some.text(max_size=40))
def test_a_clean_label_can_be_listed_printed_and_compared(text: str) -> None:
    label = clean_label(text)
    assert label == clean_label(label) == unicodedata.normalize("NFC", label)
    assert label == " ".join(label.split())
    assert label.encode("utf-8").decode("utf-8") == label
    assert all(unicodedata.category(character) not in ("Cc", "Cs") for character in label)


@given(some.lists(some.text(min_size=1, max_size=6), min_size=2, max_size=6, unique=True))
def test_no_two_folders_become_one_class_in_silence(names: list[str]) -> None:
    contents = arranged(*names)
    for found in contents.found:
        alike = {other.file for other in contents.found if other.label == found.label}
        one_name = len({unicodedata.normalize("NFC", file) for file in alike}) == 1
        assert one_name or any(f"one class, {found.label}:" in note for note in contents.conclusion.notes)


def test_a_class_whose_name_is_too_long_takes_its_reason_to_the_end(tmp_path: Path) -> None:
    result = taken_in(archive(tmp_path, "utf-8", "X" * 61, "dog"))
    assert "only one class, 'dog'" in result.problem
    assert "4 files were refused, 4 of them because" in result.problem
    assert "longer than 60 characters" in result.problem


@pytest.mark.parametrize("name", ["👩\u200d🔬", "a\\b", "O'Brien"])
def test_a_sentence_about_a_class_writes_its_name_as_it_is(name: str) -> None:
    labels, groups = np.array([0, 0, 0, 0, 1]), np.arange(5)
    assert quality.problem(labels, groups, ["dog", name], ()).startswith(f"Class '{name}' has 1 picture:")
    assert f"'{name}'" in quality.missing({"dog": 9, name: 1})

"""Odd command lines and environments: one sentence, status 2, no traceback, and no work begun."""

from __future__ import annotations

import shlex
import socket
from pathlib import Path

import pytest

from tests.uploading import pictures, zipped
from tl_core.__main__ import main
from tl_core.base.settings import settings
from tl_core.processes import child

LONG = "x" * 300
ARGUMENTS = (  # command line, what the sentence says
    ("", "required: command"),
    ("nonsense", "invalid choice: 'nonsense'"),
    ("race --nonsense", "Unrecognized arguments: --nonsense"),
    ("race --epochs", "--epochs: expected one argument"),
    ("race --epochs abc", "Epochs must be a whole number; it was 'abc'"),
    ("race --epochs 0", "Epochs must be at least 1"),
    ("race --image-size 0", "Image size must be at least"),
    ("race --dataset sst2 --per-class 0", "Sentences per class must be at least 1"),
    ("race --dataset sst2 --image-size 0", "Number of tokens must be at least"),
    ("race --epochs 2.5", "Epochs must be a whole number"),
    ("race --seed -1", "Seed must be at least 0"),
    ("race --seed 4294967296", "The seed must be at least 0 and at most 4294967295; it was 4294967296"),
    ("race --split-seed 99999999999999999999", "The split seed must be at least 0 and at most 4294967295"),
    ("race --seconds nan", "Budget in seconds must be a finite number"),
    ("race --seconds=-inf", "Budget in seconds must be"),
    ("race --learning-rate 1e400", "Learning rate must be a finite number"),
    ("race --learning-rate ''", "Learning rate must be a number; it was ''"),
    ("race --per-class 999999999999999999999", "leave too few"),
    ("race --batch-size 5000", "Batch size must be at most 4096"),
    ("race --dataset ''", "no data set called ''"),
    ("race --dataset ../../etc", "no data set called '../../etc'"),
    ("race --backbone ''", "no backbone called ''"),
    ("race --plan zzz", "is not a freeze plan"),
    ("race --strategies custom", "needs a freeze plan"),
    ("race --classes ant", "no class 'ant'"),
    ("race --json ''", "is a folder"),
    ("race --json {folder}", "is a folder"),
    ("race --json {file}/out.json", "does not exist"),
    ("race --json {read_only}/out.json", "cannot be written"),
    ("race --json /dev/null", "is a device or a pipe"),
    (f"race --json {{folder}}/{LONG}", LONG),
    ("lesson nope", "no lesson called 'nope'"),
    ("lesson leak --json {folder}", "is a folder"),
    ("study nope", "invalid choice: 'nope'"),
    ("study labels --seeds abc", "invalid int value: 'abc'"),
    ("study labels --seeds 0", "The study's seeds must be at least 1"),
    ("study labels --grid nan", "cannot be 'nan'"),
    ("study labels --rows {folder}", "is a folder"),
    ("study labels --record ../x", "small letters"),
    ("study evidence --rows {folder}/no/rows.csv", "does not exist"),
    ("study evidence --rows {file}", "does not hold rows of this study"),
    ("import ''", "Name a zip archive or a folder"),
    ("import {folder}/gone.zip", "no file or folder gone.zip"),
    (f"import {{folder}}/{LONG}", LONG),
    ("import {socket}", "socket is a device or a pipe: name a zip archive"),
    ("import {file}", "neither a zip archive, nor a folder, nor a table"),
    ("import {archive} --split-seed 4294967296", "The split seed must be at least"),
    ("import {archive} --json {read_only}/out.json", "cannot be written"),
    ("predict nope", "required: IMAGE"),
    ("predict nope {archive}", "no run 'nope'"),
    ("export nope --format zip --to {folder}/x", "invalid choice: 'zip'"),
    ("export nope --format csv --to {folder}", "is a folder"),
    ("bench --only ''", "There are: a: "),
    ("bench --only a,z", "no case z"),
    ("bench --json {folder}", "is a folder"),
)
ENVIRONMENTS = (  # command line, variable, its value, what the sentence says
    ("datasets", "TL_WORKERS", "abc", "TL_WORKERS must be a whole number; it was 'abc'"),
    ("study labels", "TL_WORKERS", "NaN", "TL_WORKERS must be a whole number; it was 'NaN'"),
    ("race", "TL_WORKERS", "999999999999", "TL_WORKERS must be at most 256"),
    ("race", "TL_CLUSTER", "http://127.0.0.1:80", "looks like tcp://host:port"),
    ("race", "TL_WORKERS", "0", "TL_WORKERS must be at least 1"),
    ("import {archive}", "TL_STALE_S", "NaN", "TL_STALE_S must be a finite number"),
    ("study labels", "TL_DATASETS_DAYS", "1e400", "TL_DATASETS_DAYS must be a finite number"),
    ("datasets", "TL_ACTIVATIONS_BYTES", "8 GiB", "TL_ACTIVATIONS_BYTES must be a whole number"),
    ("race", "TL_QUEUED_EACH", "1", "You have 0 runs under way, and 2 more would pass the limit of 1 for one student"),
    ("lesson leak", "TL_QUEUED", "1", "would pass the limit of 1 for all students"),
    ("race", "TL_CLUSTER", "nonsense", "looks like tcp://host:port; it was 'nonsense'"),
    ("import /", "TL_UPLOAD_IMAGES", "10", "/ has more than 40 entries"),
    ("datasets", "TL_HOME", "{file}", "Set TL_HOME to a folder"),
    ("import {archive}", "TL_HOME", "{file}", "Set TL_HOME to a folder"),
    ("import {archive}", "TL_HOME", "{file}/home", "Set TL_HOME to a folder"),
    ("import {archive}", "TL_HOME", "{read_only}", "Set TL_HOME to a folder"),
    ("lesson leak", "TL_HOME", "{read_only}/home", "Set TL_HOME to a folder"),
    ("race", "TL_STORE_URL", "nonsense", "TL_STORE_URL is not the address of a database"),
    ("study labels", "TL_STORE_URL", "foo://user@host/x", "TL_STORE_URL is not the address of a database"),
    ("lesson leak", "TL_STORE_URL", "postgresql://host:port/x", "TL_STORE_URL is not the address of a database"),
    ("race", "TL_STORE_URL", "postgresql://me:secret@127.0.0.1:1/x", "cannot be opened"),
    ("race", "TL_STORE_URL", "sqlite://", "must be a file"),
    ("race", "TL_STORE_URL", "sqlite:///{file}", "is not a database"),
    ("race", "TL_STORE_URL", "sqlite:///{folder}", "cannot be opened"),
    ("predict x {archive}", "TL_STORE_URL", "sqlite:///{file}/x", "cannot be made"),
    ("export x --format csv --to {folder}/x", "TL_STORE_URL", "oracle://me@host/x", "needs the package"),
)


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """Paths that odd input may name. /proc takes no file, not even of root's."""
    file, folder, read_only = tmp_path / "file", tmp_path / "folder", Path("/proc/self")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
    file.write_text("no database, no table, no archive\n" * 20, encoding="utf-8")
    folder.mkdir()
    if not read_only.exists():
        read_only = tmp_path / "read_only"
        read_only.mkdir(mode=0o500)
    found = {"file": file, "folder": folder, "read_only": read_only}
    found["socket"] = tmp_path / "socket"
    found["archive"] = zipped(tmp_path / "ok.zip", pictures("ants", "bees"))
    return {name: path.as_posix() for name, path in found.items()}


@pytest.fixture(autouse=True)
def _no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "start", lambda *arguments, **options: pytest.fail("work has begun"))


@pytest.mark.parametrize(
    ("line", "environment", "words"),
    [
        *(pytest.param(line, {}, words, id=line.replace(LONG, "long")) for line, words in ARGUMENTS),
        *(
            pytest.param(line, {name: value}, words, id=f"{name}={value} {line}")
            for line, name, value, words in ENVIRONMENTS
        ),
    ],
)
def test_odd_input_is_one_sentence_and_status_two(
    line: str,
    environment: dict[str, str],
    words: str,
    places: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(**places))
    settings.cache_clear()
    assert main(shlex.split(line.format(**places))) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.count("\n") == 1
    assert said.err.endswith(".\n")
    assert "secret" not in said.err
    assert said.out == ""


@pytest.mark.parametrize("home", ["here", "~/here", "./here/"])
def test_a_home_is_a_whole_path_wherever_a_worker_starts(
    home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TL_HOME", home)
    settings.cache_clear()
    assert settings().home == tmp_path / "here"


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("TL_WORKERS", "")
    assert settings().workers == 2
    assert settings().home == home


@pytest.mark.parametrize("folder", ["what?", "100%20#1", "a b&c=é"])
def test_a_store_lies_in_its_data_home_whatever_that_is_called(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tl_core.store import Store, open_store

    monkeypatch.setenv("TL_HOME", str(tmp_path / folder / "home"))
    settings.cache_clear()
    store = open_store()
    assert (tmp_path / folder / "home" / "lab.sqlite").is_file()
    again = Store(store.url)  # as a worker opens it
    assert again.url == store.url
    again.close()
    store.close()

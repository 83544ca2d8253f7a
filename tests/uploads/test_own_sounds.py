"""Data sets of one's own sounds: read from archives and folders, kept with what was heard, compared, edited."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as some

from tests.sounding import encoded, recorded, word
from tests.uploading import ME, ignore, never, pictures, taken_in, zipped
from tl_core import catalog
from tl_core.base.settings import settings
from tl_core.races import defaults
from tl_core.uploads import editing, reader, recordings, spectrograms, stored
from tl_core.uploads.choices import Choice
from tl_core.uploads.intake import Intake, intake
from tl_core.uploads.kinds import HEARD, KINDS
from tl_core.uploads.limits import UploadError
from tl_core.uploads.records import Manifest

WORDS = recorded("yes", "no", each=8)


def imported(folder: Path, files: dict[str, bytes], **options: object) -> Intake:
    return taken_in(zipped(folder / "words.zip", files), **options)


def made(folder: Path, files: dict[str, bytes] = WORDS) -> Manifest:
    found = imported(folder, files)
    assert found.dataset is not None, found.problem
    return found.dataset


def test_recordings_are_stored_as_spectrograms_and_as_they_were_heard(tmp_path: Path) -> None:
    mine = made(tmp_path)
    assert (mine.modality, mine.classes, mine.test) == ("sounds", {"no": 8, "yes": 8}, {"no": 2, "yes": 2})
    rows = stored.read_rows(mine.id)
    for i, sound in enumerate(stored.shown(mine.id, range(16))):
        heard = recordings.read(WORDS[rows.files[i]])
        (picture,) = spectrograms.pictures([heard])
        assert np.array_equal(sound.pixels, picture)
        assert np.array_equal(stored.examples(mine.id)[i], picture)
        assert np.allclose(sound.heard / 2**15, heard[: len(sound.heard)], atol=1e-3)
        assert len(heard) - recordings.FRAME < len(sound.heard) <= len(heard) <= HEARD
    assert stored.bytes_used(ME) == 16 * KINDS["sounds"].largest


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_every_format_is_taken_from_an_archive_and_from_a_folder(tmp_path: Path, kind: str) -> None:
    files = recorded("yes", "no", kind=kind)
    for name, content in files.items():
        path = tmp_path / "words" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    of_folder = taken_in(tmp_path / "words").dataset
    assert of_folder is not None
    assert made(tmp_path, files).id == of_folder.id
    assert of_folder.classes == {"no": 6, "yes": 6}


def test_a_race_proposes_the_backbone_of_sounds_and_never_mirrors_time(tmp_path: Path) -> None:
    mine = catalog.dataset(made(tmp_path).id)
    assert (mine.holds.many, mine.side, mine.flip) == ("recordings", spectrograms.SIDE, False)
    assert defaults.backbone_for(made(tmp_path).id) == "tiny_resnet_syllables"
    assert catalog.together("mobilenet_025", made(tmp_path).id)
    assert not catalog.together("minilm_l6", made(tmp_path).id)


def test_parts_above_the_classes_are_put_together_or_held_out_as_published(tmp_path: Path) -> None:
    files = {f"{'test' if int(name[-5]) < 3 else 'train'}/{name}": content for name, content in WORDS.items()}
    path = zipped(tmp_path / "words.zip", files)
    assert taken_in(path).report.parts == ("test", "train")
    with reader.opened(path, Choice(test_part="test")) as contents:
        found = intake(contents, "Words", ME, ignore, never).dataset
    assert found is not None
    rows = stored.read_rows(found.id)
    assert [file.startswith("test/") for file in rows.files] == list(rows.is_test)


def test_a_table_beside_the_recordings_gives_their_classes(tmp_path: Path) -> None:
    files = {name.replace("/", "_"): content for name, content in WORDS.items()}
    rows = "\n".join(f"{name},{name.split('_')[0]}" for name in files)
    found = imported(tmp_path, files | {"labels.csv": f"file,label\n{rows}".encode()})
    assert found.classes == {"no": 8, "yes": 8}
    assert any("The classes come from the table labels.csv" in warning for warning in found.warnings)


@pytest.mark.parametrize(("sounds", "photos"), [(6, 4), (4, 6)])
def test_a_mixed_archive_keeps_what_most_files_are_and_says_what_it_leaves_out(
    tmp_path: Path, sounds: int, photos: int
) -> None:
    found = imported(tmp_path, recorded("yes", "no", each=sounds) | pictures("yes", "no", each=photos))
    assert found.dataset is not None
    heard = sounds > photos
    assert found.dataset.modality == ("sounds" if heard else "pictures")
    assert found.classes == {"no": 6, "yes": 6}
    left, kept = (".png", "recordings") if heard else (".wav", "pictures")
    assert f"Most files are {kept}. Left out: 8 other files ({left})." in found.warnings
    assert {reason for _, reason in found.report.rejected} == {f"is no {kept[:-1]}, unlike most files of the upload"}


HOSTILE = {
    "yes/text.wav": (b"milk, bread\n" * 50, "is no sound that can be read: WAV, FLAC, OGG or MP3"),
    "yes/nothing.mp3": (b"", "is no sound that can be read: WAV, FLAC, OGG or MP3"),
    "yes/zero_seconds.wav": (encoded(np.zeros((0, 1))), "holds no sound: it is shorter than a hundredth of a second"),
    "yes/silent.flac": (encoded(np.zeros(4000), kind="FLAC"), "is silent"),
    "yes/three_hours.flac": (
        encoded(np.zeros(3 * 3600 * 4000, np.int16), 4000, "FLAC"),
        "is longer than 60 seconds: cut out the word that is meant",
    ),
    "yes/truncated.wav": (WORDS["yes/0.wav"][:3000], "is cut off: its end is missing, so copy or download it again"),
    "yes/video.mp4": (b"\0\0\0\x18ftypmp42" + bytes(200), "is no sound that can be read: WAV, FLAC, OGG or MP3"),
}


def test_what_cannot_be_heard_is_refused_one_by_one_and_what_is_odd_is_read(tmp_path: Path) -> None:
    odd = {"yes/studio.wav": encoded(word("yes", 77, 96_000, 6), 96_000)}
    found = imported(tmp_path, WORDS | odd | {name: content for name, (content, _) in HOSTILE.items()})
    assert found.dataset is not None
    assert found.classes == {"no": 8, "yes": 9}
    assert dict(found.report.rejected) == {name: reason for name, (_, reason) in HOSTILE.items()}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (recorded("yes"), "There is only one class, 'yes'"),
        (recorded("yes") | recorded("no", each=2), "Class 'no' has 2 recordings: at least 4 different ones are needed"),
        ({f"{name}/{i}.wav": b"x" for name in "ab" for i in range(4)}, "None of its 8 files could be taken"),
        (
            {f"{name}/{i}.m4a": b"\0\0\0 ftypM4A " for name in "ab" for i in range(4)},
            "is no sound that can be read: WAV",
        ),
    ],
)
def test_what_cannot_be_trained_on_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, home: Path, files: dict[str, bytes], words: str
) -> None:
    found = imported(tmp_path, files)
    assert found.dataset is None
    assert words in found.problem
    assert list((home / "datasets").iterdir()) == []


def test_an_archive_that_unpacks_to_too_much_is_refused_whole(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {f"{name}/0.wav": bytes(60 * 1024**2) for name in "ab"})
    with pytest.raises(UploadError, match="a zip bomb"):
        taken_in(bomb)
    monkeypatch.setenv("TL_UPLOAD_BYTES", str(sum(map(len, WORDS.values())) - 1))
    settings.cache_clear()
    with pytest.raises(UploadError, match="of files; the limit is"):
        taken_in(zipped(tmp_path / "words.zip", WORDS, zipfile.ZIP_DEFLATED))
    assert not (home / "datasets").exists() or not list((home / "datasets").iterdir())


def test_copies_are_found_however_they_were_saved_and_other_recordings_are_none(tmp_path: Path) -> None:
    sound = word("yes", 1000)[:, 0]
    again = {
        "yes/first.wav": encoded(sound),
        "yes/exact.flac": encoded(sound, kind="FLAC"),
        "yes/softer.wav": encoded(0.5 * sound, 8000),
        "yes/backwards.wav": encoded(sound[::-1]),
    }
    found = imported(tmp_path, WORDS | again)
    assert found.dataset is not None
    (copies,) = found.report.copies
    assert set(copies.files) == {"yes/first.wav", "yes/exact.flac", "yes/softer.wav"}
    assert any("2 recordings are copies of another" in warning for warning in found.warnings)


def test_classes_are_renamed_and_dropped_and_still_heard(tmp_path: Path) -> None:
    mine = made(tmp_path, WORDS | recorded("perhaps"))
    new = editing.edited(mine.id, ME, {"yes": "ja", "perhaps": ""}, "Words", 3, ignore, never).dataset
    assert new is not None
    assert (new.modality, new.classes) == ("sounds", {"ja": 8, "no": 8})
    before = {sound.heard.tobytes() for sound in stored.shown(mine.id, range(22))}
    after = {sound.heard.tobytes() for sound in stored.shown(new.id, range(16))}
    assert after < before


def test_once_deleted_or_expired_nothing_is_heard_any_more(tmp_path: Path, home: Path) -> None:
    mine = made(tmp_path)
    file = home / "datasets" / mine.id / KINDS["sounds"].file
    assert file.exists()
    stored.discard(mine.id, keep_manifest=True)
    assert not file.exists()
    assert stored.bytes_used() == 0
    assert stored.find(mine.id).gone


@given(content=some.binary(max_size=300), head=some.sampled_from([b"", b"RIFF", b"fLaC", b"OggS", b"ID3", b"\xff\xfb"]))
@how(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_in_an_archive_are_taken_or_refused(tmp_path: Path, content: bytes, head: bytes) -> None:
    found = imported(tmp_path, recorded("yes", "no", each=4) | {"yes/odd.wav": head + content})
    assert found.dataset is not None
    assert len(found.report.rejected) + sum(found.classes.values()) == 9

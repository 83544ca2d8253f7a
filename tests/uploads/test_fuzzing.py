"""More than a thousand mutated archives and pictures: no crash, nothing written elsewhere, memory bounded."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import psutil

from tests.uploading import encoded, photo, pictures, taken_in, zipped
from tl_core.uploads import reader, stored
from tl_core.uploads.decode import Refused, decode
from tl_core.uploads.limits import UploadError

IMAGES, ARCHIVES, INTAKES = 600, 420, 30
GROWTH = 300 * 1024**2  # bytes
MARKS = (b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"../", b"\0", b"\xff\xff\xff\xff", b"IHDR", b"\xff\xd8")


def mutated(rng: random.Random, data: bytes) -> bytes:
    """Bytes changed, cut out, doubled, or replaced by what parsers look for."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(found)) if rng.random() < 0.6 else max(0, len(found) - 1 - rng.randrange(300))
        kind = rng.randrange(5)
        if kind == 0:
            found[at] = rng.randrange(256)
        elif kind == 1:
            del found[at : at + rng.randint(1, 40)]
        elif kind == 2:
            found[at:at] = found[at : at + rng.randint(1, 40)]
        elif kind == 3:
            mark = rng.choice(MARKS)
            found[at : at + len(mark)] = mark
        else:
            number = rng.choice((0, 1, 2**31 - 1, 2**32 - 1, 50_000))
            found[at : at + 4] = number.to_bytes(4, rng.choice(("little", "big")))
        found = found or bytearray(b"x")
    return bytes(found)


def test_mutated_pictures_and_archives(tmp_path: Path, home: Path) -> None:
    rng, work = random.Random(20), tmp_path / "work"
    work.mkdir()
    seeds = [encoded(photo(3, (40, 32)), form) for form in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")]
    small = {name: encoded(photo(i, (24, 24))) for i, name in enumerate(["a/1.png", "b/ä.png"])}
    archive = zipped(work / "x.zip", small).read_bytes()
    whole = zipped(work / "x.zip", pictures("a", "b", each=12)).read_bytes()
    source, before = work / "x.zip", psutil.Process().memory_info().rss
    for i in range(IMAGES):
        with suppress(Refused):
            decode(mutated(rng, seeds[i % len(seeds)]))
    for _ in range(ARCHIVES):
        source.write_bytes(mutated(rng, archive))
        with suppress(UploadError), reader.opened(source) as contents:
            for found in contents.found:
                with suppress(Refused):
                    decode(found.read())
    usable = 0
    for _ in range(INTAKES):
        source.write_bytes(mutated(rng, whole))
        with suppress(UploadError):
            usable += taken_in(source).dataset is not None
    assert psutil.Process().memory_info().rss - before < GROWTH
    outside = {path for path in tmp_path.rglob("*") if home not in (path, *path.parents)}
    assert outside == {work, source}
    kept = {manifest.id for manifest in stored.everything()}
    assert 0 < len(kept) <= usable < INTAKES
    assert {path.name for path in (home / "datasets").iterdir()} == kept
    assert {path.parent.name for path in home.rglob("*") if path.is_file()} <= {*kept, home.name}

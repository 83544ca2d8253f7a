"""How long reading examples will take here, by what earlier intakes took on this machine. Never a guess."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from tl_core.base import files
from tl_core.base.settings import settings
from tl_core.base.wording import duration, many, span
from tl_core.uploads.kinds import KINDS
from tl_core.uploads.records import Kind

EARLIER = 5  # intakes of a kind that count, the newest
CLOSE = 1.3  # two times that differ by no more are said as one


class Took(BaseModel):
    """What one intake took, from its first import to its data set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind = "pictures"
    pictures: int = Field(gt=0)  # or other examples
    size: int = Field(gt=0)  # bytes of the files
    seconds: float = Field(gt=0)


_ALL = TypeAdapter(tuple[Took, ...])


def remember(kind: Kind, pictures: int, size: int, seconds: float) -> None:
    """Keep what an intake has taken, for the next ones."""
    if pictures and size and seconds > 0:
        others = [took for took in _all() if took.kind != kind]
        new = Took(kind=kind, pictures=pictures, size=size, seconds=seconds)
        files.write(_path(), _ALL.dump_json((new, *_earlier(kind)[: EARLIER - 1], *others)))


def estimate(kind: Kind, pictures: int, size: int) -> tuple[float, float] | None:
    """(shortest, longest) seconds for so many examples of `size` bytes together; None when nothing was measured.

    One of them goes by the seconds an example, the other by the seconds a byte: which of both decides depends on how
    large they are, and large ones among those measured may not be like these.
    """
    earlier = _earlier(kind)
    if not earlier:
        return None
    seconds = sum(took.seconds for took in earlier)
    ways = sorted(
        (
            seconds / sum(took.pictures for took in earlier) * pictures,
            seconds / sum(took.size for took in earlier) * size,
        )
    )
    return ways[0], ways[1]


def sentence(kind: Kind, pictures: int, size: int) -> str:
    """The estimate and what it rests on, or that there is none yet."""
    expected = estimate(kind, pictures, size)
    if expected is None:
        return f"The time for reading them is not known yet: this machine has read no {KINDS[kind].many} before."
    low, high = expected
    about = f"about {duration(high)}" if high < CLOSE * low else span(low, high)
    return f"Reading them takes {about} here, going by {many(len(_earlier(kind)), 'earlier upload')}."


def _earlier(kind: Kind) -> list[Took]:
    return [took for took in _all() if took.kind == kind]


def _all() -> tuple[Took, ...]:
    with suppress(OSError, ValidationError):
        return _ALL.validate_json(_path().read_bytes())
    return ()


def _path() -> Path:
    return settings().home / "intake_speed.json"

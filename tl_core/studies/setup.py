"""What a student chooses of a study: its name, data, network, seeds and grid; as an address, and back."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tl_core.base.complaint import complaint
from tl_core.base.spec import SpecError


class Setup(BaseModel):
    """The settings of one built-in study. `grid` and `series` empty: what the study proposes.

    `seeds` counts them: 0, 1, … `epochs` are the least; few images get more, so that every run makes some steps.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    study: str = "labels"
    dataset: str = "pictograms"
    backbone: str = "tiny_resnet_glyphs"
    seeds: int = Field(2, ge=1, le=20)
    per_class: int = Field(10, ge=1, le=5000)
    epochs: int = Field(6, ge=1, le=500)
    image_size: int = Field(32, ge=8, le=1024)
    test_images: int = Field(500, ge=2, le=100_000)
    grid: tuple[str, ...] = ()
    series: tuple[str, ...] = ()


def to_query(setup: Setup) -> dict[str, str]:
    """The settings as the part of an address after the question mark; the study always, the rest where it differs."""
    usual = Setup()
    query = {"study": setup.study}
    for name in Setup.model_fields:
        value = getattr(setup, name)
        if name != "study" and value != getattr(usual, name):
            query[name] = ",".join(value) if isinstance(value, tuple) else str(value)
    return query


def from_query(query: Mapping[str, str]) -> Setup:
    """The settings behind an address. What cannot be read is left as usual."""
    setup = Setup()
    for name in Setup.model_fields:
        if name in query:
            try:
                setup = changed(setup, **{name: query[name]})
            except SpecError:
                continue
    return setup


NOTE = "Studies?"


def to_note(setup: Setup) -> str:
    """The note of a study's experiment: the address that opens it."""
    return NOTE + urlencode(to_query(setup))


def from_note(note: str) -> dict[str, str] | None:
    """The address that `to_note` wrote, whatever was added behind it; None: no study's."""
    first = note.split()[0] if note.split() else ""
    return dict(parse_qsl(first.removeprefix(NOTE))) if first.startswith(NOTE) else None


def changed(setup: Setup, **settings: object) -> Setup:
    """The settings with some replaced; texts are read, a grid is split at commas.

    Raises
    ------
    SpecError
        With one sentence, when a value is unusable.
    """
    for name in ("grid", "series"):
        if isinstance(text := settings.get(name), str):
            settings[name] = tuple(part.strip() for part in text.split(",") if part.strip())
    try:
        return Setup.model_validate(setup.model_dump() | settings)
    except ValidationError as error:
        first = error.errors()[0]
        raise SpecError(f"The study's {first['loc'][0]} {complaint(first)}") from error

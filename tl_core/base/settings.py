"""Where things are and how much is allowed: one place, set by TL_* environment variables."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from functools import cache
from pathlib import Path
from urllib.parse import quote

from platformdirs import user_data_path
from pydantic import Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tl_core.base import files
from tl_core.base.complaint import complaint

ROOT = Path(__file__).resolve().parents[2]  # where app.py, pages and assets stand
ASSETS = ROOT / "assets"


class SettingsError(RuntimeError):
    """A setting cannot be used: one sentence that names its variable."""


class Settings(BaseSettings):
    """Read once, from the environment, where an empty variable counts as none. Sizes in bytes, times in seconds."""

    model_config = SettingsConfigDict(env_prefix="TL_", frozen=True, allow_inf_nan=False, env_ignore_empty=True)

    home: Path = Field(default_factory=lambda: user_data_path("transfer-lab"))
    store_url: str = ""
    cluster: str = ""  # "" : a cluster of our own on this machine; else tcp://host:port
    workers: int = Field(2, ge=1, le=256)
    activations_bytes: int = Field(8 * 1024**3, ge=0)
    heartbeat_s: float = Field(2.0, gt=0)
    stale_s: float = Field(12.0, gt=0)  # a run without a heartbeat for so long is taken over
    stop_grace_s: float = Field(20.0, gt=0)
    attempts: int = Field(3, ge=1)  # so many workers may a run lose without finishing another epoch
    queued_each: int = Field(300, ge=1)  # queued and running runs of one student
    queued: int = Field(2_000, ge=1)  # of all students together
    models_each_bytes: int = Field(2 * 1024**3, ge=0)  # what finished runs of one student keep of their weights
    models_bytes: int = Field(20 * 1024**3, ge=0)  # of all students together
    models_days: float = Field(90.0, gt=0)  # the weights of a finished run are deleted after so many days
    arriving_each_bytes: int = Field(512 * 1024**2, ge=1)  # of one visitor's files in the server's memory
    arriving_bytes: int = Field(1024**3, ge=1)  # of all visitors' files together
    upload_bytes: int = Field(2 * 1024**3, ge=1)  # one archive or folder, packed and unpacked
    upload_images: int = Field(10_000, ge=2)  # in one upload
    image_bytes: int = Field(64 * 1024**2, ge=1)  # one image file
    image_pixels: int = Field(50_000_000, ge=64)  # width times height of one image
    datasets_each: int = Field(20, ge=1)  # uploaded data sets that one student may keep
    datasets_each_bytes: int = Field(4 * 1024**3, ge=1)  # uploaded data sets of one student
    datasets_bytes: int = Field(20 * 1024**3, ge=1)  # of all students together
    datasets_days: float = Field(90.0, gt=0)  # an uploaded data set is deleted so long after its upload
    drafts_days: float = Field(2.0, gt=0)  # pictures that were collected and left lying are deleted after so long
    disk_spare_bytes: int = Field(1024**3, ge=0)  # an upload leaves so much of the disk free

    @field_validator("cluster")
    @classmethod
    def _address(cls, cluster: str) -> str:
        if cluster and not re.fullmatch(r"(tcp|tls|ucx|wss?)://\S+:\d+", cluster):
            raise PydanticCustomError("address", "the address of a scheduler looks like tcp://host:port")
        return cluster

    @field_validator("home")
    @classmethod
    def _whole(cls, home: Path) -> Path:
        with suppress(RuntimeError):  # ~ of somebody whom this system does not know
            home = home.expanduser()
        return home.absolute()  # workers start elsewhere

    @property
    def database_url(self) -> str:
        return self.store_url or f"sqlite:///{quote((self.home / 'lab.sqlite').as_posix())}"

    @property
    def runs(self) -> Path:
        return self.home / "runs"

    @property
    def activations(self) -> Path:
        return self.home / "activations"

    @property
    def datasets(self) -> Path:
        return self.home / "datasets"

    @property
    def drafts(self) -> Path:
        return self.home / "drafts"


def keras_home() -> Path:
    """The folder where Keras keeps data sets and weights ($KERAS_HOME, else ~/.keras)."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


@cache
def settings() -> Settings:
    """The settings of this process; the data home exists afterwards, and other accounts cannot look into it.

    Raises
    ------
    SettingsError
        When a variable holds no usable value, or nothing can be written to the data home.
    """
    try:
        found = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"The setting TL_{str(first['loc'][0]).upper()} {complaint(first)}") from error
    try:
        files.own_folder(found.home, "lab.sqlite")
        files.try_writing(found.home)
    except OSError as error:
        raise SettingsError(
            f"Nothing can be stored in the data home {found.home}: {error.strerror or error}. Set TL_HOME to a folder "
            "that you may write to."
        ) from error
    return found

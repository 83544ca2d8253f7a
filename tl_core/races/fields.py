"""The names under which the form, the address and the command line know the settings of a run, and their texts.

A setting's type, range, title and description stand in `tl_core.base.spec` and `tl_core.races.shared`; here is only
where each is found.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from tl_core.base.spec import Kind, RunSpec, SpecError, sentence
from tl_core.races.shared import SharedSpec

PATHS: dict[str, str] = {  # name → where it stands in a SharedSpec
    "backbone": "backbone",
    "dataset": "data.dataset",
    "image_size": "image_size",
    "per_class": "data.per_class",
    "classes": "data.classes",
    "test_images": "data.test_images",
    "validation_share": "data.validation_share",
    "split_seed": "data.seed",
    "imbalance": "data.imbalance",
    "class_weight": "data.class_weight",
    "shift": "shift.kind",
    "severity": "shift.severity",
    "head": "head.kind",
    "dropout": "head.dropout",
    "head_start": "head.start",
    "optimizer": "optimizer.name",
    "learning_rate": "optimizer.learning_rate",
    "head_rate": "optimizer.head_rate",
    "probe": "optimizer.probe",
    "schedule": "optimizer.schedule",
    "weight_decay": "optimizer.weight_decay",
    "momentum": "optimizer.momentum",
    "batch_norm": "batch_norm",
    "epochs": "epochs",
    "seconds": "seconds",
    "batch_size": "batch_size",
    "augmentation": "augmentation",
    "patience": "patience",
    "seed": "seed",
    "seeds": "seeds",
}
ALL = "all"  # how None is written: all images, no limit, each arm's own


def info(name: str) -> FieldInfo:
    """Title, description and range of a setting."""
    model: type[BaseModel] = SharedSpec
    *outer, last = PATHS[name].split(".")
    for part in outer:
        model = model.model_fields[part].annotation  # type: ignore[assignment]
    return model.model_fields[last]


def value(spec: RunSpec, name: str) -> Any:
    """What a spec holds under this name."""
    found: Any = spec
    for part in PATHS[name].split("."):
        found = getattr(found, part)
    return found


def changed(spec: Kind, **settings: object) -> Kind:
    """The spec with these settings replaced. Nothing is validated: a form may hold what cannot be run."""
    for name, new in settings.items():
        *outer, last = PATHS[name].split(".")
        update: dict[str, object] = {last: new}
        for part in outer:
            update = {part: getattr(spec, part).model_copy(update=update)}
        spec = spec.model_copy(update=update)
    return spec


def choices(name: str) -> tuple[str, ...]:
    """What a setting can be where it is one of a few words; else ()."""
    annotation = info(name).annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def as_text(value: object) -> str:
    """A value as an address and the command line write it."""
    if isinstance(value, tuple):
        return ",".join(part.replace("%", "%25").replace(",", "%2C") for part in value)
    return ALL if value is None else str(value)


def names(text: str) -> tuple[str, ...]:
    """What `as_text` wrote for several names."""
    return tuple(unquote(part.strip()) for part in text.split(",") if part.strip())


def read(name: str, text: str) -> Any:
    """The value that `as_text` wrote for a setting.

    Raises
    ------
    SpecError
        With one sentence, when the text is no value of this setting.
    """
    field = info(name)
    given: object = text
    if get_origin(field.annotation) is tuple:
        given = names(text)
    elif text == ALL and type(None) in get_args(field.annotation):
        given = None
    try:
        kind: Any = Annotated[field.annotation, field]
        return TypeAdapter(kind, config=ConfigDict(allow_inf_nan=False)).validate_python(given)
    except ValidationError as error:
        raise SpecError(sentence(error, SharedSpec, tuple(PATHS[name].split(".")))) from error

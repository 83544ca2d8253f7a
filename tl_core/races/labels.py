"""How many labels a run needs: of each class those it trains on, and besides those it validates with.

Validation images choose the epoch, the penalty or the rate, so their labels have to be paid for, too.
"""

from __future__ import annotations

from collections.abc import Sequence

from tl_core.base.events import Summary
from tl_core.base.spec import DataSpec
from tl_core.catalog import dataset
from tl_core.uploads.subsets import counts, thinned


def of_classes(data: DataSpec) -> list[tuple[int, int]]:
    """(training, validation) images of every class, as `ml.data.split_ids` draws them; [] when they were deleted.

    Where copies have to stay on one side, about so many.
    """
    entry = dataset(data.dataset)
    pools = entry.pools_of(data.classes) if entry.classes else []
    found = []
    for place, pool in enumerate(pools):
        train, validation = (
            thinned(images, data.imbalance, place, len(pools))
            for images in counts(pool, data.per_class, data.validation_share)
        )
        found.append((train, validation))
    return found


def chance(data: DataSpec) -> float | None:
    """The accuracy of always naming the largest class of the test images.

    None where only the test tells, as of what is drawn by person or was deleted, and with several labels at once.
    """
    entry = dataset(data.dataset)
    if entry.multi_label or entry.strata or not entry.classes:
        return None
    drawn = test_images(data)
    return max(drawn) / sum(drawn)


def test_images(data: DataSpec) -> list[int]:
    """Test images of every class, or of every person, as `ml.data.split_ids` draws them."""
    there = dataset(data.dataset).tests_of(data.classes)
    wanted = max(there) * len(there) if data.test_images is None else data.test_images
    share, rest = divmod(wanted, len(there))
    return [
        thinned(min(images, share + (place < rest)), data.imbalance, place, len(there))
        for place, images in enumerate(there)
    ]


def validation_images(data: DataSpec) -> int | None:
    """How many validation images a run will have; None where that depends on the classes' own pools."""
    entry = dataset(data.dataset)
    if data.per_class is None or entry.pools:
        return None
    there, wanted = (counts(pool, data.per_class, data.validation_share)[1] for pool in (entry.pool, 10**9))
    return sum(validation for _, validation in of_classes(data)) if there == wanted else None


def words(*data: DataSpec) -> str:
    """'5 labels per class to train on and 20 to validate'; over several runs or unequal classes, '5 to 80 labels …'."""
    known = [pair for one in data for pair in of_classes(one)]
    if not known:
        asked = [one.per_class for one in data if one.per_class is not None]
        return f"{_range(asked)} {_per(data)} to train on, and others to validate" if asked else "all labels"
    train, validation = zip(*known, strict=True)
    return _both(f"{_range(train)} {_per(data)}", f"{_least(data)}{_number(validation)}")


def of_run(tested: Summary) -> str:
    """What a run used in all: '50 labels to train on and 200 to validate'."""
    return _both(_range([tested.train_images]), f"{tested.val_images:,}")


def _both(train: str, validation: str) -> str:
    return f"{train} to train on and {validation} to validate"


def short(data: DataSpec) -> str:
    """The same where space is scarce: '5 + 20 per class'."""
    if not (known := of_classes(data)):
        return f"{data.per_class or 'all'} {_per([data])}"
    train, validation = zip(*known, strict=True)
    return f"{_number(train)} + {_number(validation)} {_per([data])}"


def _per(data: Sequence[DataSpec]) -> str:
    return " and ".join(dict.fromkeys(f"per {dataset(one.dataset).holds.per}" for one in data))


def _least(data: Sequence[DataSpec]) -> str:
    """Some classes of a catalogue's data set have more than the number that it names for all."""
    limited = [dataset(one.dataset) for one in data if one.per_class and validation_images(one) is None]
    return "at least " if any(not (entry.pools or entry.strata) for entry in limited) else ""


def _range(numbers: Sequence[int]) -> str:
    return f"{_number(numbers)} label{'' if max(numbers) == 1 else 's'}"


def _number(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"

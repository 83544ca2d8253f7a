"""What a race starts with, where that depends on the backbone and the data set: the one place that everyone asks.

What depends on the strategy and the optimiser, such as learning rates, stands in `tl_core.catalog.strategies`.
"""

from __future__ import annotations

from typing import Any

from tl_core.catalog import BACKBONES, DATASETS, backbone_availability, dataset, dataset_availability, together

ARMS = ("from_scratch", "feature_extraction")
BUNDLED = ("tiny_resnet_glyphs", "tiny_resnet_cifar100")  # learned on letters: nearer to pictograms
LARGE = ("mobilenet_075", "tiny_resnet_cifar100")  # for photographs, the best first
NEAREST = {  # by data set, or by what it holds
    **dict.fromkeys(("pictograms", "pictogram_pairs"), BUNDLED),
    "sounds": ("tiny_resnet_syllables",),
}
PER_CLASS = 50
TEST_IMAGES = 1000
SIDE_ON_TWO_CORES = 96  # pixels
FEW_PHOTOS = 1000  # for training and validation; more are worth a first race at a smaller size


def dataset_here(backbone: str | None = None) -> str:
    """The data set that the Lab proposes on this machine: the best that needs no download, for a backbone or any."""
    best = "pictograms" if dataset_availability("cifar10").kind == "download" else "cifar10"
    fit = [name for name in (best, *DATASETS) if backbone is None or together(backbone, name)]
    return fit[0]


def backbone_for(name: str) -> str:
    """The backbone that the Lab proposes for a data set: the best that needs no download."""
    nearest = NEAREST.get(name) or NEAREST.get(dataset(name).modality, LARGE)
    best_first = (*nearest, *BACKBONES)
    return first_here(*(backbone for backbone in best_first if together(backbone, name)))


def first_here(*wanted: str) -> str:
    """The first of these backbones whose weights are here; where none are, the first that can be downloaded."""
    kinds = {name: backbone_availability(name).kind for name in wanted}
    here = [name for name in wanted if kinds[name] in {"bundled", "local"}]
    return next(iter(here + [name for name in wanted if kinds[name] == "download"]), wanted[0])


def usual_size(backbone: str) -> int:
    """Side in pixels: small enough for two cores, large enough for the backbone."""
    entry = BACKBONES[backbone]
    return max(entry.min_size, min(entry.default_size, SIDE_ON_TWO_CORES))


def image_size(backbone: str, name: str) -> int:
    """Side in pixels on this data set: not below its own, and photographs that are few are worth that of pretraining.

    A linear probe of MobileNet 0.75 on the 396 photographs of ants_bees called 0.91 of the test part right at 224
    pixels, and 0.81 at 96. Sounds have no size but that at which they are drawn: a smaller one was better where the
    backbone learned on it (assets/evidence/sounds.md).
    """
    data = dataset(name)
    if data.modality == "sounds":
        return usual_size(backbone)
    if not data.own:
        return max(data.side, usual_size(backbone))
    few = sum(data.pools_of()) <= FEW_PHOTOS
    return data.side if few and BACKBONES[backbone].weights_url else usual_size(backbone)


def following(backbone: str, name: str) -> dict[str, Any]:
    """The settings of a race that follow from its backbone and data set, by their names in `races.fields`."""
    data = dataset(name)
    return {
        "image_size": image_size(backbone, name),
        "per_class": None if data.own else PER_CLASS,
        "test_images": None if data.own or sum(data.tests_of()) <= TEST_IMAGES else TEST_IMAGES,
    }

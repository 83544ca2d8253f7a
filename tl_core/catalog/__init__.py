"""What can be chosen: BACKBONES, DATASETS and STRATEGIES are plain dicts, one entry adds one thing everywhere.

Knows no TensorFlow.
"""

from tl_core.catalog.availability import (
    Availability,
    backbone_availability,
    dataset_availability,
    dataset_folder,
    weights_path,
)
from tl_core.catalog.backbones import BACKBONES, Backbone
from tl_core.catalog.cards import Card, Layer, Stage, card
from tl_core.catalog.check import check, check_pair, settled, together
from tl_core.catalog.datasets import CIFAR10_CLASSES, DATASETS, PICTOGRAMS, Dataset, dataset, datasets
from tl_core.catalog.modalities import MODALITIES, Measure, Modality
from tl_core.catalog.strategies import STRATEGIES

__all__ = [
    "BACKBONES",
    "CIFAR10_CLASSES",
    "DATASETS",
    "MODALITIES",
    "PICTOGRAMS",
    "STRATEGIES",
    "Availability",
    "Backbone",
    "Card",
    "Dataset",
    "Layer",
    "Measure",
    "Modality",
    "Stage",
    "backbone_availability",
    "card",
    "check",
    "check_pair",
    "dataset",
    "dataset_availability",
    "dataset_folder",
    "datasets",
    "settled",
    "together",
    "weights_path",
]

"""PITFALLS: the usual mistakes, each run beside the right way. They are lessons like the others (lessons.py)."""

from __future__ import annotations

from statistics import mean

from tl_core.base.spec import Mistake
from tl_core.lessons.lesson import (
    FEW,
    HIGH_RATE,
    LAB,
    PHOTOGRAPHS,
    Arm,
    Lesson,
    Measured,
    Results,
    RunResult,
    Slider,
    points,
)

# Photographs are far from pictograms, so fine-tuning has much to bring.
FAR = {
    **FEW,
    "backbone": "tiny_resnet_cifar100",
    "data.per_class": 40,
    "batch_size": 16,
    "strategy": "lp_ft",
    "optimizer.learning_rate": 0.03,
    "optimizer.probe": "steps",  # both arms in the same way: a mistake in a step cannot be made where there is none
}
COST = Slider("How many points does the mistake cost?", "cost_points", unit="points")


def _arms(mistake: Mistake) -> dict[str, Arm]:
    return {"right": Arm("The right way"), "wrong": Arm("The mistake", {"mistake": mistake})}


def _cost(results: Results, means: Measured) -> Measured:
    return {"cost_points": points(means["right"], means["wrong"])}


def _source_after(outcome: RunResult) -> float:
    task = outcome.summary.source_task
    return task.after if task else 0.0


def _cost_and_target(results: Results, means: Measured) -> Measured:
    targets = {f"{name}_accuracy": mean(o.summary.test_accuracy for o in found) for name, found in results.items()}
    return _cost(results, means) | targets


def _promised(results: Results, means: Measured) -> Measured:
    off = {
        name: mean(abs(outcome.val_accuracy - outcome.summary.test_accuracy) for outcome in found)
        for name, found in results.items()
    }
    return {
        "promised": mean(outcome.val_accuracy for outcome in results["wrong"]),
        "cost_points": points(off["wrong"], off["right"]),
    }


def _recipe(results: Results, means: Measured) -> Measured:
    return _cost(results, means) | {"scratch_points": points(means["wrong"], means["from_scratch"])}


PITFALLS: dict[str, Lesson] = {
    "wrong_preprocessing": Lesson(
        "Preprocessing of the wrong family",
        "Every pretrained network expects its pixels in the form it learned them in. What if they are simply divided "
        "by 255?",
        COST,
        _arms("divide_by_255"),
        "The frozen features were learned on centred pixels; on [0, 1] they lose much of what they can tell apart.",
        "[keras.applications](https://keras.io/api/applications/): each family has a `preprocess_input` of its own; "
        "ResNet50's is BGR with ImageNet's mean subtracted, not divided by anything.",
        {"cost_points": "the mistake costs"},
        "Compare the right way with fine-tuning everything, which can adapt to other pixels.",
        LAB | {"arms": ("feature_extraction", "fine_tune_all")},
        base=FEW,
        more=_cost,
        pitfall=True,
        larger=PHOTOGRAPHS,
    ),
    "batch_norm": Lesson(
        "Batch normalisation in training mode",
        "All weights are frozen. Can a network still forget what it knew?",
        Slider("How many points on its source task are lost, with no weight trained?", "cost_points", 0, 50, "points"),
        _arms("batch_norm_in_training"),
        "Its moving averages follow the new pictures, so the “frozen” backbone is no longer what it was: it loses "
        "points on its source task, and nothing of it can be computed once and kept. The new task itself may even "
        "gain.",
        "[Ioffe and Szegedy 2015](https://arxiv.org/abs/1502.03167); [Li et al. "
        "2017](https://arxiv.org/abs/1603.04779) (AdaBN) on why the target may gain; [Keras' guide to transfer "
        "learning](https://keras.io/guides/transfer_learning/).",
        {"cost_points": "lost on the source task"},
        "Fine-tune everything with batch normalisation in training mode: the averages then move with the weights. Does "
        "the score on digits gain what the score on letters loses?",
        LAB
        | {
            "dataset": "digits",
            "image_size": 16,
            "batch_norm": "training",
            "arms": ("feature_extraction", "fine_tune_all"),
        },
        base={**FEW, "data.dataset": "digits", "image_size": 16, "optimizer.probe": "steps"},
        shown=_source_after,
        shown_title="Accuracy on the source task afterwards",
        more=_cost_and_target,
        pitfall=True,
    ),
    "high_rate": Lesson(
        "Fine-tuning everything at a high rate",
        "The rate decides how far each layer moves in a step. What if pretrained layers move at thirty times their "
        "usual rate, and nothing else is changed?",
        COST,
        {
            "right": Arm("Everything at once, usual rate"),
            "wrong": Arm("Everything at once, 30 × the rate", {"optimizer.learning_rate": HIGH_RATE}),
        },
        "The features are distorted before the head has learned to use them, and few labels cannot bring them back.",
        "[Kumar et al. 2022](https://arxiv.org/abs/2202.10054), Fine-Tuning can Distort Pretrained Features.",
        {"cost_points": "the high rate costs"},
        "Lower the rate step by step: where does the harm end?",
        LAB | {"learning_rate": 0.05, "arms": ("fine_tune_all", "lp_ft")},
        base={**FEW, "strategy": "fine_tune_all"},
        seeds=(0, 1, 2, 3, 4),
        more=_cost,
        pitfall=True,
        evidence=(("pictograms", 5, "tiny_resnet_glyphs", "fine_tune_all"),),
    ),
    "small_images": Lesson(
        "Images far below the size of pretraining",
        "The backbone learned at 24 and, in the end, 32 pixels. Half the side is a quarter of the pixels: are "
        "pictograms at 16 pixels good enough for it?",
        COST,
        {"right": Arm("At 32 pixels"), "wrong": Arm("At 16 pixels", {"image_size": 16})},
        "Detail is lost, and what is left meets filters that know broader strokes: the frozen features fit less well.",
        "[Touvron et al. 2019](https://arxiv.org/abs/1906.06423), Fixing the train-test resolution discrepancy.",
        {"cost_points": "halving the side costs"},
        "Go the other way: 48 pixels, larger than the backbone has ever seen.",
        LAB | {"dataset": "pictograms", "image_size": 48, "arms": ("feature_extraction",)},
        base=FEW,
        seeds=(0, 1, 2, 3),
        more=_cost,
        pitfall=True,
    ),
    "not_compiled": Lesson(
        "Forgetting to compile again",
        "First a linear probe; then `trainable = True` and a second `fit`. What happens without another `compile`?",
        COST,
        _arms("not_compiled_again"),
        "Nothing is unfrozen: the training step was traced while the backbone was frozen and goes on as it was. No "
        "error, no warning, and the summary counts the layers as trainable.",
        "[Keras' guide to transfer learning](https://keras.io/guides/transfer_learning/): “Calling compile() on a "
        "model is meant to ‘freeze’ the behavior of that model.”",
        {"cost_points": "the mistake costs"},
        "Compare with gradual unfreezing, which compiles again in every phase.",
        LAB
        | {
            "backbone": "tiny_resnet_cifar100",
            "per_class": 40,
            "batch_size": 16,
            "learning_rate": 0.03,
            "arms": ("lp_ft", "gradual_unfreezing"),
        },
        base=FAR,
        more=_cost,
        pitfall=True,
    ),
    "leak": Lesson(
        "Validation images in the training set",
        "The split was drawn after the copies were made, and the validation images are in the training set, too. What "
        "does the curve promise?",
        Slider(
            "By how many points is the leaked score further from the test score than the honest one?",
            "cost_points",
            unit="points",
        ),
        _arms("validation_in_training"),
        "The network is the same, image for image and weight for weight; only the promise differs. The leaked "
        "validation score is a training score, and further from the test score than the honest one, which differs from "
        "it only by the luck of its few images.",
        "[Kaufman et al. 2012](https://doi.org/10.1145/2382577.2382579), Leakage in Data Mining; [Barz and Denzler "
        "2020](https://arxiv.org/abs/1902.00423) found such copies in CIFAR-10 itself.",
        {"cost_points": "further from the test score than the honest one"},
        "Early stopping trusts the validation loss. Try it with an honest split.",
        LAB | {"dataset": "digits", "image_size": 16, "arms": ("fine_tune_all",), "patience": 2, "epochs": 20},
        base={**FEW, "data.dataset": "digits", "image_size": 16, "optimizer.probe": "steps"},  # solving looks at them
        shown=lambda outcome: outcome.val_accuracy - outcome.summary.test_accuracy,
        shown_title="Validation accuracy ahead of test accuracy",
        more=_promised,
        pitfall=True,
    ),
    "tutorial_recipe": Lesson(
        "The recipe that everybody copies",
        "Frozen ResNet50, pixels / 255, flatten, dense 256, and no baseline from scratch: it is in many "
        "tutorials. What does the right way gain with the same backbone?",
        COST,
        {
            "from_scratch": Arm("The missing baseline", {"strategy": "from_scratch"}),
            "wrong": Arm("The recipe", {"mistake": "divide_by_255", "head.kind": "flatten_256"}),
            "right": Arm("Own preprocessing, pooling"),
        },
        "The recipe beats the missing baseline and so looks like a success, but it leaves points behind.",
        "[Keras' guide to transfer learning](https://keras.io/guides/transfer_learning/) for the right way; [Lin, Chen "
        "and Yan 2014](https://arxiv.org/abs/1312.4400), section 3.2, for pooling in place of flattening.",
        {"cost_points": "the recipe costs", "scratch_points": "and is still ahead of training from scratch by"},
        "Change the head alone, with the right preprocessing: what do 256 hidden units add?",
        LAB | {"head": "flatten_256", "arms": ("from_scratch", "feature_extraction", "lp_ft")},
        base={**FEW, "optimizer.probe": "steps"},  # as the recipe trains
        more=_recipe,
        pitfall=True,
        larger=PHOTOGRAPHS,
        evidence=(
            ("pictograms", 5, "tiny_resnet_cifar100", "from_scratch"),
            ("pictograms", 5, "tiny_resnet_glyphs", "feature_extraction"),
        ),
    ),
}

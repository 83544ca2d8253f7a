"""LESSONS: every lesson and pitfall. One entry and one text in assets/lessons add one everywhere."""

from __future__ import annotations

from typing import Any

from tl_core.base.spec import LayerPlan
from tl_core.lessons import measures
from tl_core.lessons.beyond import BEYOND
from tl_core.lessons.lesson import FEW, HIGH_RATE, LAB, PHOTOGRAPHS, Arm, Choice, Lesson, Slider
from tl_core.lessons.pitfalls import PITFALLS
from tl_core.lessons.sentences import SENTENCES
from tl_core.lessons.tastes import TASTES

SCRATCH = Arm("From scratch", {"strategy": "from_scratch"})
FROZEN = Arm("Frozen backbone", {"strategy": "feature_extraction"})
# The digits that frozen features of photographs mix up most, and training from scratch hardly.
ALIKE: dict[str, Any] = {
    "data.dataset": "digits",
    "data.classes": ("3", "5", "7", "9"),
    "image_size": 16,
    "data.test_images": 300,
    "epochs": 20,
}
STAGES = ("stem", "stage1", "stage2", "stage3")


def _plan(**states: str) -> dict[str, Any]:
    """The freeze plan of our small network: frozen but for the stages named."""
    return LayerPlan.model_validate({"stages": dict.fromkeys(STAGES, "frozen") | states}).model_dump()


LESSONS: dict[str, Lesson] = {
    "why_transfer": Lesson(
        "Why transfer at all?",
        "You have five labelled pictures of each kind. How far ahead is a network that learned on something else?",
        Slider("By how many points will transfer lead?", "lead_points", unit="points"),
        {"from_scratch": SCRATCH, "frozen": FROZEN},
        "With few labels the frozen, pretrained backbone leads by tens of points.",
        "[Kornblith, Shlens and Le 2019](https://arxiv.org/abs/1805.08974), on how the benefits of pretraining fade "
        "with the size of the data set; and our own evidence table.",
        {"lead_points": "the lead of the frozen backbone"},
        "Give both arms ten times the labels. How much of the lead is left?",
        LAB | {"per_class": 50, "arms": ("from_scratch", "feature_extraction")},
        base=FEW,
        more=measures.lead,
        larger=PHOTOGRAPHS,
        evidence=(
            ("pictograms", 5, "tiny_resnet_cifar100", "from_scratch"),
            ("pictograms", 5, "tiny_resnet_glyphs", "feature_extraction"),
        ),
    ),
    "what_it_learned": Lesson(
        "What has a pretrained backbone learned?",
        "This backbone has seen letters and symbols only, never a pictogram. What is it that is carried over?",
        Slider("How many of 100 pictograms does it classify correctly with only a new head?", "frozen_percent"),
        {
            "frozen": Arm("All stages as pretrained", {"strategy": "feature_extraction"}),
            "top_forgotten": Arm(
                "Top stage re-initialised", {"strategy": "custom", "plan": _plan(stage3="reinitialised")}
            ),
        },
        "Far above guessing (10 %), and ahead of the same network with its top stage re-initialised: what even the top "
        "learned from letters is of use to a task that the network has never seen.",
        "[Sharif Razavian et al. 2014](https://arxiv.org/abs/1403.6382), CNN Features off-the-shelf; the score on the "
        "source task is measured in the run.",
        {"above_guessing_points": "above guessing", "lost_points": "ahead of the re-initialised top stage"},
        "Let the whole backbone train, and see what it then still knows of letters.",
        LAB | {"arms": ("feature_extraction", "fine_tune_all")},
        base=FEW,
        more=lambda results, means: measures.source_scores(results, means) | {"frozen_percent": 100 * means["frozen"]},
        evidence=(("pictograms", 5, "tiny_resnet_glyphs", "feature_extraction"),),
    ),
    "which_layers": Lesson(
        "Freeze, fine-tune or re-initialise?",
        "Four stages, three states each. Which stage can you least afford to lose?",
        Choice(
            "Re-initialising which end costs more?",
            {"bottom": "The bottom one, next to the pixels", "top": "The top one, next to the answer"},
            lambda m: "bottom" if m["lost_bottom"] < m["lost_top"] else "top",
        ),
        {
            "all_frozen": Arm("All frozen", {"strategy": "feature_extraction"}),
            "all_tuned": Arm("All fine-tuned", {"strategy": "fine_tune_all"}),
            "lost_top": Arm("Top re-initialised", {"strategy": "custom", "plan": _plan(stage3="reinitialised")}),
            "lost_bottom": Arm("Bottom re-initialised", {"strategy": "custom", "plan": _plan(stem="reinitialised")}),
        },
        "Losing the top costs less than losing the bottom: lower layers are general, upper ones belong to the source "
        "task; and frozen layers above a re-initialised one no longer get the input that they know.",
        "[Yosinski, Clune, Bengio and Lipson 2014](https://arxiv.org/abs/1411.1792), How transferable are features in "
        "deep neural networks?",
        {
            "top_over_bottom_points": "losing the bottom costs more than losing the top by",
            "frozen_over_bottom_points": "and more than freezing everything by",
        },
        "Build a freeze plan of your own: keep the lower half, re-initialise the upper.",
        LAB | {"arms": ("feature_extraction", "custom"), "plan": _plan(stage2="reinitialised", stage3="reinitialised")},
        base=FEW,
        more=measures.bottom,
        evidence=(("pictograms", 5, "tiny_resnet_glyphs", "fine_tune_all"),),
    ),
    "how_much_data": Lesson(
        "How much data until scratch catches up?",
        "More labels help both arms, but not equally. What happens to the lead of transfer?",
        Slider("How many points of lead are left at 80 labels per class?", "lead_at_80_points", unit="points"),
        {
            name: Arm(f"{arm.title}, {labels} per class", {**arm.settings, "data.per_class": labels, "epochs": epochs})
            for labels, epochs in zip(measures.LABELS, (20, 15, 10), strict=True)
            for name, arm in ((f"scratch_{labels}", SCRATCH), (f"frozen_{labels}", FROZEN))
        },
        "In the end the lead shrinks as labels grow, until training from scratch catches up or overtakes a frozen "
        "backbone.",
        "[He, Girshick and Dollár 2019](https://arxiv.org/abs/1811.08883), Rethinking ImageNet Pre-training: with "
        "enough data and time, from scratch is no worse.",
        {"lead_shrinks_points": "the lead shrinks from 5 to 80 labels by"},
        "Go on to 200 labels per class, and let the backbone train, too.",
        LAB
        | {
            "per_class": 200,
            "image_size": 16,
            "classes": ("anchor", "bell", "cup", "fish", "key"),
            "test_images": None,
            "arms": ("from_scratch", "feature_extraction", "fine_tune_all"),
        },
        base={**FEW, "image_size": 16, "data.classes": ("anchor", "bell", "cup", "fish", "key")},
        more=measures.leads,
    ),
    "does_the_source_matter": Lesson(
        "Does the source matter?",
        "Two backbones, one architecture: one learned on letters, one on photographs. Is any start better than none?",
        Choice(
            "The digits 3, 5, 7 and 9, five labels per class, only 16 pixels wide: which wins?",
            {"far_digits": "The frozen backbone that knows photographs", "scratch_digits": "Training from scratch"},
            lambda m: measures.best(m, ("far_digits", "scratch_digits")),
        ),
        {
            "near": Arm("Pictograms, source: letters"),
            "far": Arm("Pictograms, source: photographs", {"backbone": "tiny_resnet_cifar100"}),
            "far_digits": Arm("Digits, source: photographs", {"backbone": "tiny_resnet_cifar100", **ALIKE}),
            "scratch_digits": Arm("Digits, from scratch", {**SCRATCH.settings, **ALIKE}),
        },
        "The nearer source wins clearly. Where the source is far and its features confuse the classes, a frozen "
        "backbone does worse than no pretraining at all: negative transfer.",
        "[Wang et al. 2019](https://arxiv.org/abs/1811.09751), Characterizing and Avoiding Negative Transfer; "
        "[Yosinski et al. 2014](https://arxiv.org/abs/1411.1792), on dissimilar data sets.",
        {
            "near_over_far_points": "the nearer source is ahead by",
            "negative_transfer_points": "the far source is behind no pretraining by",
        },
        "Let the far backbone adapt: fine-tune it on the digits. Does the harm go away?",
        LAB
        | {
            "dataset": "digits",
            "backbone": "tiny_resnet_cifar100",
            "image_size": 16,
            "classes": ("3", "5", "7", "9"),
            "epochs": 20,
            "test_images": None,
            "arms": ("from_scratch", "feature_extraction", "fine_tune_all"),
        },
        base=FEW,
        more=measures.near_and_far,
        evidence=(
            ("pictograms", 5, "tiny_resnet_glyphs", "feature_extraction"),
            ("pictograms", 5, "tiny_resnet_cifar100", "feature_extraction"),
        ),
    ),
    "fine_tuning_well": Lesson(
        "Fine-tuning well",
        "Fine-tuning gains on the new task and loses on the old one. How much is lost, and what decides it?",
        Slider(
            "At thirty times the usual rate, how many more points of the source task are forgotten?",
            "forgotten_points",
            unit="points",
        ),
        {
            "high_rate": Arm(
                "All at once, 30 × the rate", {"strategy": "fine_tune_all", "optimizer.learning_rate": HIGH_RATE}
            ),
            "gentle": Arm("All at once, usual rate", {"strategy": "fine_tune_all"}),
            "probe_first": Arm("Probe, then fine-tune", {"strategy": "lp_ft"}),
            "gradual": Arm("Gradual unfreezing", {"strategy": "gradual_unfreezing"}),
            "layerwise": Arm("Layer-wise rates", {"strategy": "layerwise_rates"}),
        },
        "A high rate wipes out the source task and loses on the target, too. The gentle ways keep most of it and lie "
        "close together.",
        "[Kumar et al. 2022](https://arxiv.org/abs/2202.10054) on LP-FT; [Howard and Ruder "
        "2018](https://arxiv.org/abs/1801.06146) on gradual unfreezing and layer-wise rates; [Li and Hoiem "
        "2016](https://arxiv.org/abs/1606.09282) on measuring what is forgotten.",
        {
            "forgotten_points": "the high rate forgets more of the source task by",
            "lost_on_target_points": "and loses on the target",
        },
        "Find the rate at which fine-tuning starts to hurt: try 0.03 and 0.1.",
        LAB | {"learning_rate": 0.1, "arms": ("feature_extraction", "fine_tune_all", "lp_ft")},
        base=FEW,
        shown=measures.source_kept,
        shown_title="Accuracy on the source task afterwards",
        more=measures.target_accuracies,
        evidence=(
            ("pictograms", 5, "tiny_resnet_glyphs", "fine_tune_all"),
            ("pictograms", 5, "tiny_resnet_glyphs", "lp_ft"),
        ),
    ),
    "out_of_distribution": Lesson(
        "Out of distribution",
        "The test pictures get noise that you can still see through; the training pictures have none. How much of "
        "the accuracy is left?",
        Slider("How many points does noise cost the frozen backbone?", "lost_points", unit="points"),
        {
            "frozen": Arm("Frozen backbone", {"strategy": "feature_extraction"}),
            "tuned": Arm("Fine-tune all", {"strategy": "fine_tune_all"}),
            "probe_first": Arm("Probe, then fine-tune", {"strategy": "lp_ft"}),
        },
        "Noise costs every arm tens of points, whatever its score on clean pictures was. Re-estimating the statistics "
        "of batch normalisation on the noisy pictures, without a label, brings a large part of them back.",
        "[Hendrycks and Dietterich 2019](https://arxiv.org/abs/1903.12261) on corrupted test pictures; [Li et al. "
        "2017](https://arxiv.org/abs/1603.04779) on AdaBN; [Kumar et al. 2022](https://arxiv.org/abs/2202.10054) on "
        "fine-tuning out of distribution.",
        {"lost_points": "what noise costs the frozen backbone", "regained_points": "what AdaBN restores of it"},
        "Shift the test pictures in the other ways, too: noise is one of six.",
        LAB | {"shift": "all", "arms": ("feature_extraction", "fine_tune_all", "lp_ft")},
        base={**FEW, "shift.kind": "noise"},
        shown=measures.out_of_distribution,
        shown_title="Accuracy on the noisy test pictures",
        more=measures.lost_and_regained,
    ),
    "judging_honestly": Lesson(
        "Judging honestly",
        "For every key there are twenty fish. A model classifies 95 of 100 pictures correctly. Is it any good?",
        Slider("What is its macro F1 (100 % is perfect; a coin toss gets 37 % here)?", "macro_f1_percent"),
        {
            "from_scratch": Arm("From scratch, 20 : 1", {"strategy": "from_scratch", "image_size": 16}),
            "frozen": Arm("Frozen backbone, 20 : 1"),
            "frozen_balanced": Arm("Frozen backbone, 1 : 1, few labels", {"data.imbalance": 1.0, "data.per_class": 5}),
        },
        "The accuracy looks excellent, but it equals the share of the larger class: the model calls everything a fish. "
        "Macro F1 shows this at once (near 49 % when the rare class is never named); ROC AUC says whether the ranking "
        "is better than the decision.",
        "[He and Garcia 2009](https://doi.org/10.1109/TKDE.2008.239), Learning from Imbalanced Data; "
        "[Wilson 1927](https://doi.org/10.1080/01621459.1927.10502953) on the interval.",
        {"beyond_20_points": "the difference of accuracy and macro F1 exceeds 20 points by"},
        "Ask the same of ten balanced classes and few labels: how far do accuracy and F1 lie apart now?",
        LAB | {"arms": ("from_scratch", "feature_extraction")},
        base={
            **FEW,
            "data.classes": ("fish", "key"),
            "data.per_class": 100,
            "data.imbalance": 20.0,
            "data.test_images": 200,
            "epochs": 4,
        },
        more=measures.judged,
    ),
    "overfitting": Lesson(
        "Overfitting",
        "Five pictures of each digit, a million weights: the network can learn them by heart. What does it know then?",
        Slider(
            "By how many points is it better on its training pictures than on new ones?", "gap_points", unit="points"
        ),
        {
            "bare": Arm("No remedy"),
            "augmented": Arm("Augmentation", {"augmentation": "light"}),
            "dropout": Arm("Dropout 0.5", {"head.dropout": 0.5}),
            "early": Arm("Early stopping", {"patience": 3}),
        },
        "Without a remedy, it is perfect or nearly so on its training pictures and worse on new ones; augmentation "
        "narrows that gap.",
        "[Zhang et al. 2017](https://arxiv.org/abs/1611.03530), Understanding Deep Learning Requires Rethinking "
        "Generalization; [Srivastava et al. 2014](https://jmlr.org/papers/v15/srivastava14a.html) on dropout; "
        "[Prechelt 1998](https://doi.org/10.1007/3-540-49430-8_3) on early stopping.",
        {
            "gap_beyond_5_points": "without a remedy the gap exceeds 5 points by",
            "narrowed_points": "augmentation narrows it by",
        },
        "Strong augmentation, and more epochs to make up for it.",
        LAB
        | {"dataset": "digits", "image_size": 16, "epochs": 40, "augmentation": "strong", "arms": ("from_scratch",)},
        base={**FEW, "strategy": "from_scratch", "data.dataset": "digits", "image_size": 16, "epochs": 20},
        shown=measures.gap,
        shown_title="Training accuracy ahead of test accuracy",
        more=measures.test_accuracies,
    ),
} | (BEYOND | TASTES | SENTENCES | PITFALLS)

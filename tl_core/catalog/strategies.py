"""Transfer strategies as pure functions: a spec and the backbone's stages in, a freeze plan and phases out.

Every strategy is two functions. `plan_*` says what state each stage has (the picture the student sees);
`phases_*` says in which order it is trained, for how many epochs, at what rate. Stages are listed bottom up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tl_core.base.spec import BatchNorm, Head, LayerPlan, Phase, RunSpec, State
from tl_core.catalog import rates
from tl_core.catalog.cards import card

Stages = Sequence[str]
OWN_PLAN = "my freeze plan"  # the name of its phase


def _all(stages: Stages, state: str) -> LayerPlan:
    return LayerPlan.model_validate({"stages": dict.fromkeys(stages, state)})


def top_stages(stages: Stages) -> tuple[str, ...]:
    """The top third of the stages, at least one: what 'fine-tune the top' trains."""
    return tuple(stages[-max(1, round(len(stages) / 3)) :])


def _top(stages: Stages) -> LayerPlan:
    top = top_stages(stages)
    return LayerPlan(stages={name: "fine_tuned" if name in top else "frozen" for name in stages})


def _one_phase(
    name: str, train: Stages, spec: RunSpec, rate: float, head_rate: float | None = None
) -> tuple[Phase, ...]:
    return (Phase(name=name, train=tuple(train), epochs=spec.epochs, learning_rate=rate, head_rate=head_rate),)


def from_scratch(spec: RunSpec, stages: Stages, rate: float) -> tuple[Phase, ...]:
    """Every weight starts at random and trains: the baseline that transfer must beat."""
    return _one_phase("from scratch", stages, spec, rate)


def feature_extraction(spec: RunSpec, stages: Stages, rate: float) -> tuple[Phase, ...]:
    """The whole backbone is frozen; only the head trains (a linear probe when the head is one layer)."""
    return _one_phase("linear probe", (), spec, rate)


def fine_tune_top(spec: RunSpec, stages: Stages, rate: float) -> tuple[Phase, ...]:
    """The top third of the stages trains with the head."""
    return _one_phase("fine-tune the top", top_stages(stages), spec, rate, head_rate(spec))


def fine_tune_all(spec: RunSpec, stages: Stages, rate: float) -> tuple[Phase, ...]:
    """Every pretrained weight goes on training, at a low rate."""
    return _one_phase("fine-tune all", stages, spec, rate, head_rate(spec))


def head_rate(spec: RunSpec) -> float:
    """The rate of a new head beside pretrained layers that train: the run's own, else the usual one."""
    return spec.optimizer.head_rate or rates.fine_tuning(spec).head


def batch_norm(spec: RunSpec) -> BatchNorm:
    """How batch normalisation behaves in pretrained layers that train."""
    return "inference" if spec.batch_norm == "automatic" else spec.batch_norm


def _learning(spec: RunSpec, stages: Stages) -> Stages:
    """The stages that have weights: another one, such as pooling, is worth neither a phase nor a step of the rates."""
    weightless = {stage.name for stage in card(spec.backbone).stages if not stage.params}
    return [name for name in stages if name not in weightless]


def _shares(epochs: int, parts: int) -> list[int]:
    """`epochs` in `parts` near-equal whole shares, the later ones larger; parts beyond the epochs are dropped."""
    parts = min(parts, epochs)
    return [epochs // parts + (i >= parts - epochs % parts) for i in range(parts)]


PROBE_SHARE = 0.5  # of the epochs


def lp_ft(spec: RunSpec, stages: Stages, rate: float) -> tuple[Phase, ...]:
    """Linear probe first, then fine-tune all, so that a random head cannot distort the features.

    Kumar et al. 2022, "Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution".
    """
    if spec.epochs == 1:
        return fine_tune_all(spec, stages, rate)
    probe = min(max(1, int(PROBE_SHARE * spec.epochs)), spec.epochs - 1)
    return (
        Phase(name="linear probe", train=(), epochs=probe, learning_rate=rates.probe(spec)),
        Phase(
            name="fine-tune all",
            train=tuple(stages),
            epochs=spec.epochs - probe,
            learning_rate=rate,
            head_rate=spec.optimizer.head_rate,  # no longer new: without a rate of its own, that of the rest
        ),
    )


def gradual_unfreezing(spec: RunSpec, stages: Stages, rate: float) -> tuple[Phase, ...]:
    """The head first, then one stage more in each phase, from the top down.

    Howard and Ruder 2018, "Universal Language Model Fine-tuning for Text Classification", section 3.3.
    """
    stages = _learning(spec, stages)
    shares = _shares(spec.epochs, len(stages) + 1)
    depths = [round(i * len(stages) / max(1, len(shares) - 1)) for i in range(len(shares))]
    return tuple(
        Phase(
            name="linear probe" if depth == 0 else f"top {depth} of {len(stages)} stages",
            train=tuple(stages[len(stages) - depth :]),
            epochs=share,
            learning_rate=rates.probe(spec) if depth == 0 else rate,
            head_rate=spec.optimizer.head_rate if depth else None,
        )
        for depth, share in zip(depths, shares, strict=True)
    )


DECAY = 0.5


def layerwise_rates(spec: RunSpec, stages: Stages, rate: float) -> tuple[Phase, ...]:
    """Everything trains; each stage downwards at half the rate of the one above it.

    Discriminative fine-tuning: Howard and Ruder 2018, section 3.2 (they divide by 2.6 for every layer).
    """
    stages = _learning(spec, stages)
    shares = {name: DECAY ** (len(stages) - 1 - i) for i, name in enumerate(stages)}
    (phase,) = _one_phase("layer-wise rates", stages, spec, rate, head_rate(spec))
    return (phase.model_copy(update={"rates": shares}),)


def custom(spec: RunSpec, stages: Stages, rate: float) -> tuple[Phase, ...]:
    """The student's own freeze plan, in one phase; where its weights come from the target, after a base phase."""
    chosen = spec.plan or LayerPlan()
    trained = [name for name in stages if chosen.stages.get(name, "frozen") != "frozen"]
    pretrained = "fine_tuned" in trained_states(spec)
    (own,) = _one_phase(OWN_PLAN, trained, spec, rate, head_rate(spec) if pretrained else None)
    if chosen.source == "backbone" or spec.epochs == 1:
        return (own,)
    base, rest = _shares(spec.epochs, 2)
    first = Phase(
        name="base on the target",
        train=tuple(stages),
        epochs=base,
        learning_rate=spec.optimizer.learning_rate or rates.scratch(spec),
        plan=_all(stages, "reinitialised"),
    )
    return first, own.model_copy(update={"epochs": rest})


def trained_states(spec: RunSpec) -> set[State]:
    """The states of what trains in the student's own plan, single layers included."""
    return {*spec.plan.stages.values(), *spec.plan.layers.values()} - {"frozen"} if spec.plan else set()


def own_plan_rate(spec: RunSpec) -> float:
    """What the student's own plan asks for: pretrained layers that train, else random ones, else the head alone."""
    states = trained_states(spec)
    if "fine_tuned" in states:
        return rates.under_a_new_head(spec)
    return rates.scratch(spec) if states else rates.probe(spec)


@dataclass(frozen=True)
class Strategy:
    """One way to transfer. `rate` is the learning rate that a run starts with unless it has its own."""

    title: str
    summary: str
    plan: Callable[[Stages], LayerPlan]
    phases: Callable[[RunSpec, Stages, float], tuple[Phase, ...]]
    rate: Callable[[RunSpec], float] = rates.under_a_new_head
    needs_weights: bool = True


STRATEGIES: dict[str, Strategy] = {
    "from_scratch": Strategy(
        "From scratch",
        "Random weights, everything trains. The baseline.",
        lambda stages: _all(stages, "reinitialised"),
        from_scratch,
        rates.scratch,
        needs_weights=False,
    ),
    "feature_extraction": Strategy(
        "Feature extraction",
        "Backbone frozen, only the new head trains. Fast, hard to overfit.",
        lambda stages: _all(stages, "frozen"),
        feature_extraction,
        rates.probe,
    ),
    "fine_tune_top": Strategy(
        "Fine-tune the top", "The top third of the stages adapts, the rest stays frozen.", _top, fine_tune_top
    ),
    "fine_tune_all": Strategy(
        "Fine-tune all",
        "Every pretrained weight goes on training, at a low rate.",
        lambda stages: _all(stages, "fine_tuned"),
        fine_tune_all,
    ),
    "lp_ft": Strategy(
        "Probe, then fine-tune",
        "First the head alone, then everything (LP-FT).",
        lambda stages: _all(stages, "fine_tuned"),
        lp_ft,
        rates.after_a_probe,
    ),
    "gradual_unfreezing": Strategy(
        "Gradual unfreezing",
        "One more stage trains in each phase, from the top down.",
        lambda stages: _all(stages, "fine_tuned"),
        gradual_unfreezing,
        rates.after_a_probe,
    ),
    "layerwise_rates": Strategy(
        "Layer-wise rates",
        "Everything trains, lower stages more slowly.",
        lambda stages: _all(stages, "fine_tuned"),
        layerwise_rates,
    ),
    "custom": Strategy(
        "My freeze plan",
        "The states you set on the picture of the network.",
        lambda stages: _all(stages, "frozen"),
        custom,
        own_plan_rate,
    ),
}


def plan(spec: RunSpec, stages: Stages) -> LayerPlan:
    """The freeze plan of a run: its own where it has one (strategy `custom`), else its strategy's."""
    return spec.plan if spec.plan is not None else STRATEGIES[spec.strategy].plan(stages)


def transfers(spec: RunSpec, stages: Stages) -> bool:
    """Whether a run starts from pretrained weights."""
    chosen = plan(spec, stages)
    return chosen.source == "backbone" and any(chosen.stages.get(name, "frozen") != "reinitialised" for name in stages)


def learning_rate(spec: RunSpec) -> float:
    """The rate of a run: its own, else the default of its strategy and optimiser."""
    return spec.optimizer.learning_rate or STRATEGIES[spec.strategy].rate(spec)


def phases(spec: RunSpec, stages: Stages) -> tuple[Phase, ...]:
    """RunSpec → phases whose epochs add up to `spec.epochs`."""
    found = STRATEGIES[spec.strategy].phases(spec, stages, learning_rate(spec))
    return tuple(one.model_copy(update={"solved": _solved(spec, one)}) for one in found)


def _solved(spec: RunSpec, phase: Phase) -> bool:
    """Whether a phase is a convex problem, of one layer on features that stay, and is to be solved as one."""
    single_layers = phase.name == OWN_PLAN and trained_states(spec)
    fixed = not phase.train and not single_layers and spec.augmentation == "none"
    convex = fixed and spec.head.kind == "pool" and not spec.head.dropout
    if not convex or spec.mistake in ("batch_norm_in_training", "not_compiled_again"):
        return False
    rate_is_set = phase.learning_rate == spec.optimizer.learning_rate
    return spec.optimizer.probe == "solved" or (spec.optimizer.probe == "automatic" and not rate_is_set)


def recipe(spec: RunSpec, stages: Stages, run: Sequence[Phase] = ()) -> dict[str, Any]:
    """What the automatic settings of a run come to: its phases with their rates, its head, batch normalisation.

    A phase that is solved has no rate. `run`: the phases as they are run, where a mistake made on purpose changes them.
    """
    own = run or phases(spec, stages)
    whole = [one.model_dump(mode="json", exclude_defaults=True, exclude={"plan"}) for one in own]
    for phase in whole:
        if phase.get("solved"):
            del phase["learning_rate"]
    return {"phases": whole, "batch_norm": batch_norm(spec), "head_start": head(spec, stages).start}


def head(spec: RunSpec, stages: Stages) -> Head:
    """The head of a run, what it starts from decided."""
    if spec.head.start != "automatic":
        return spec.head
    return spec.head.model_copy(update={"start": "zeros" if transfers(spec, stages) else "random"})

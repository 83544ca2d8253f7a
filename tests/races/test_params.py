import pytest

from tl_core.base.spec import DataSpec, Head, RunSpec
from tl_core.catalog import card
from tl_core.races import params, plans


def spec(**settings):
    return RunSpec(**{"backbone": "mobilenet_075", "data": DataSpec(dataset="cifar10")} | settings)


def test_feature_extraction_trains_the_head_only():
    found = params.count(spec(strategy="feature_extraction"))
    assert found.trainable == 768 * 10 + 10
    assert found.total == card("mobilenet_075").params + 7690


def test_moving_statistics_are_never_trained():
    network = card("mobilenet_075")
    statistics = sum(
        2 * layer.output_shape[-1]
        for stage in network.stages
        for layer in stage.layers
        if layer.kind == "BatchNormalization"
    )
    found = params.count(spec(strategy="from_scratch"))
    assert found.trainable == found.total - statistics


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("pool", 768 * 3 + 3),
        ("pool_hidden", 768 * 128 + 128 + 128 * 3 + 3),
        ("flatten_256", 9 * 768 * 256 + 256 + 256 * 3 + 3),
    ],
)
def test_heads(head, expected):
    three = DataSpec(dataset="cifar10", classes=("cat", "dog", "frog"))
    assert params.count(spec(strategy="feature_extraction", data=three, head=Head(kind=head))).trainable == expected


def test_a_single_layer_wins_over_its_stage():
    network = card("mobilenet_075")
    stage = network.stages[-1]
    layer = next(layer for layer in stage.layers if layer.kind == "Conv2D")
    frozen = plans.preset("all_frozen", network.stage_names)
    one = plans.with_layers(frozen, network, {layer.name: "fine_tuned"})
    assert params.count(spec(strategy="custom", plan=one)).trainable == 7690 + layer.params
    open_top = plans.preset("top_stage", network.stage_names)
    but_one = plans.with_layers(open_top, network, {layer.name: "frozen"})
    whole = params.count(spec(strategy="custom", plan=open_top)).trainable
    assert params.count(spec(strategy="custom", plan=but_one)).trainable == whole - layer.params

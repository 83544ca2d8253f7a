"""BACKBONES: every network that can be transferred. One entry adds one everywhere.

Run `python -m tl_core.ml.making.cards` after a change: it writes the architecture cards that the pages draw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Backbone:
    """One pretrained network without its head.

    `builder` is the function's name in keras.applications (module "" : one of ours, tl_core.ml.network.<builder>),
    and `module`'s own preprocess_input is always used. Sizes are side lengths in pixels: `min_size` is the
    smallest that the function takes, `default_size` what the form proposes, a laptop's compromise below the
    size of pretraining (224; 299 for Inception and Xception).

    `stages` maps each stage, bottom up, to the canonical name of its last layer (`tl_core.ml.network.models`),
    where a single tensor crosses the graph. Padding, rescaling and normalisation of the input belong to the
    first stage.

    `weights_file` holds the network without its top. `weights_hash` is the file's MD5 or SHA-256 where
    keras.applications names one. `download_mb` (10^6 bytes) is the file's size where the file was at hand
    (MobileNet 0.25 and 0.75, MobileNetV2 0.35), else parameters × 4 bytes; HDF5 adds some 0.1 to 1 MB.
    """

    title: str
    family: str
    module: str
    builder: str
    min_size: int
    default_size: int
    weights_file: str  # below $KERAS_HOME/models; of ours: below assets/weights, its hash on the card beside it
    weights_url: str  # "": bundled
    download_mb: float
    source_task: str
    licence: str
    paper: str
    paper_url: str
    kwargs: dict[str, Any] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=dict)
    weights_hash: str = ""
    source_top1: float | None = None  # published top-1 accuracy on the source task, in [0, 1]
    source_top1_from: str = ""  # where it is published


_IMAGENET = "ImageNet-1k (ILSVRC 2012): 1.28 million photographs in 1,000 classes"
_KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/"
_SUFFIX = "weights_tf_dim_ordering_tf_kernels_notop.h5"
_KERAS_TABLE = "the table at keras.io/api/applications"


def _imagenet(
    title: str,
    family: str,
    module: str,
    builder: str,
    stages: dict[str, str],
    url: str,
    download_mb: float,
    licence: str,
    paper: tuple[str, str],
    weights_hash: str = "",
    min_size: int = 32,
    weights_file: str = "",
    top1: float | None = None,
    top1_from: str = _KERAS_TABLE,
    **kwargs: Any,
) -> Backbone:
    """An entry of keras.applications. `weights_file`: Keras' name for the file where the URL has another.

    `top1`: published accuracy on ImageNet's validation photographs.
    """
    return Backbone(
        title,
        family,
        module,
        builder,
        min_size,
        96,
        weights_file or url.rsplit("/", 1)[1],
        url,
        download_mb,
        _IMAGENET,
        licence,
        *paper,
        kwargs,
        stages,
        weights_hash,
        top1,
        top1_from,
    )


_VGG = {f"block{i}": f"block{i}_pool" for i in range(1, 6)}
_VGG_PAPER = (
    "Simonyan and Zisserman 2014, Very Deep Convolutional Networks for Large-Scale Image Recognition",
    "https://arxiv.org/abs/1409.1556",
)
_RESNET = {"stem": "pool1_pool", "conv2": "conv2_block3_out", "conv3": "conv3_block4_out", "conv4": "conv4_block6_out"}
_MOBILENET = {
    "stem": "conv_pw_1_relu",
    "blocks_2_3": "conv_pw_3_relu",
    "blocks_4_5": "conv_pw_5_relu",
    "blocks_6_8": "conv_pw_8_relu",
    "blocks_9_11": "conv_pw_11_relu",
    "blocks_12_13": "conv_pw_13_relu",
}
_MOBILENET_PAPER = (
    "Howard et al. 2017, MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications",
    "https://arxiv.org/abs/1704.04861",
)
_MOBILENET_V2 = {
    "stem": "expanded_conv_project_BN",
    "blocks_1_2": "block_2_add",
    "blocks_3_5": "block_5_add",
    "blocks_6_9": "block_9_add",
    "blocks_10_12": "block_12_add",
    "blocks_13_16": "block_16_project_BN",
    "top": "out_relu",
}
_MOBILENET_V2_PAPER = (
    "Sandler et al. 2018, MobileNetV2: Inverted Residuals and Linear Bottlenecks",
    "https://arxiv.org/abs/1801.04381",
)
_V3_TABLE = "the table in Keras' documentation of MobileNetV3"
_MOBILENET_V3_PAPER = ("Howard et al. 2019, Searching for MobileNetV3", "https://arxiv.org/abs/1905.02244")


def _mobilenet(title: str, alpha: float, file: str, download_mb: float, top1: float) -> Backbone:
    return _imagenet(
        title,
        "MobileNet",
        "mobilenet",
        "MobileNet",
        _MOBILENET,
        f"{_KERAS}mobilenet/{file}",
        download_mb,
        "Apache 2.0",
        _MOBILENET_PAPER,
        top1=top1,
        top1_from="Howard et al. 2017, table 6",
        alpha=alpha,
    )


def _mobilenet_v2(title: str, alpha: float, download_mb: float, top1: float) -> Backbone:
    file = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{alpha}_224_no_top.h5"
    return _imagenet(
        title,
        "MobileNetV2",
        "mobilenet_v2",
        "MobileNetV2",
        _MOBILENET_V2,
        f"{_KERAS}mobilenet_v2/{file}",
        download_mb,
        "Apache 2.0",
        _MOBILENET_V2_PAPER,
        top1=top1,
        top1_from="the table of Google's MobileNetV2 checkpoints",
        alpha=alpha,
    )


def _tiny_resnet(source: str, seen: str, source_task: str) -> Backbone:
    """One of ours, whose weights come with the app: `python -m tl_core.ml.making.pretrain --source SOURCE`."""
    return Backbone(
        f"Tiny ResNet, {seen}",
        "ResNet",
        "",
        "tiny_resnet",
        16,
        32,
        f"tiny_resnet_{source}.weights.npz",
        "",
        0.0,
        source_task,
        "the project's own",
        "He et al. 2015, Deep Residual Learning for Image Recognition",
        "https://arxiv.org/abs/1512.03385",
        stages={
            "stem": "stem_relu",
            "stage1": "stage1_block1_relu",
            "stage2": "stage2_block1_relu",
            "stage3": "stage3_block1_relu",
        },
    )


BACKBONES: dict[str, Backbone] = {
    "mobilenet_025": _mobilenet("MobileNet 0.25", 0.25, "mobilenet_2_5_224_tf_no_top.h5", 1.1, 0.506),
    "mobilenet_075": _mobilenet("MobileNet 0.75", 0.75, "mobilenet_7_5_224_tf_no_top.h5", 7.5, 0.684),
    "mobilenet_100": _mobilenet("MobileNet 1.0", 1.0, "mobilenet_1_0_224_tf_no_top.h5", 12.9, 0.706),
    "mobilenet_v2_035": _mobilenet_v2("MobileNetV2 0.35", 0.35, 2.0, 0.603),
    "mobilenet_v2_100": _mobilenet_v2("MobileNetV2 1.0", 1.0, 9.0, 0.718),
    "mobilenet_v3_small": _imagenet(
        "MobileNetV3 small",
        "MobileNetV3",
        "mobilenet_v3",
        "MobileNetV3Small",
        {
            "stem": "expanded_conv_project_bn",
            "blocks_1_2": "expanded_conv_2_add",
            "blocks_3_5": "expanded_conv_5_add",
            "blocks_6_7": "expanded_conv_7_add",
            "blocks_8_10": "expanded_conv_10_add",
            "top": "activation_17",
        },
        f"{_KERAS}mobilenet_v3/weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        3.8,
        "Apache 2.0",
        _MOBILENET_V3_PAPER,
        "d3e8ec802a04aa4fc771ee12a9a9b836",
        top1=0.681,
        top1_from=_V3_TABLE,
    ),
    "mobilenet_v3_large": _imagenet(
        "MobileNetV3 large",
        "MobileNetV3",
        "mobilenet_v3",
        "MobileNetV3Large",
        {
            "stem": "expanded_conv_add",
            "blocks_1_2": "expanded_conv_2_add",
            "blocks_3_5": "expanded_conv_5_add",
            "blocks_6_9": "expanded_conv_9_add",
            "blocks_10_11": "expanded_conv_11_add",
            "blocks_12_14": "expanded_conv_14_add",
            "top": "activation_19",
        },
        f"{_KERAS}mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
        12.0,
        "Apache 2.0",
        _MOBILENET_V3_PAPER,
        "07fb09a5933dd0c8eaafa16978110389",
        top1=0.756,
        top1_from=_V3_TABLE,
    ),
    "efficientnet_b0": _imagenet(
        "EfficientNetB0",
        "EfficientNet",
        "efficientnet",
        "EfficientNetB0",
        {
            "stem": "stem_activation",
            "block1": "block1a_project_bn",
            "block2": "block2b_add",
            "block3": "block3b_add",
            "block4": "block4c_add",
            "block5": "block5c_add",
            "block6": "block6d_add",
            "block7": "block7a_project_bn",
            "top": "top_activation",
        },
        "https://storage.googleapis.com/keras-applications/efficientnetb0_notop.h5",
        16.2,
        "Apache 2.0",
        (
            "Tan and Le 2019, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
            "https://arxiv.org/abs/1905.11946",
        ),
        "50bc09e76180e00e4465e1a485ddc09d",
        top1=0.771,
    ),
    "efficientnet_v2_b0": _imagenet(
        "EfficientNetV2B0",
        "EfficientNetV2",
        "efficientnet_v2",
        "EfficientNetV2B0",
        {
            "stem": "stem_activation",
            "block1": "block1a_project_activation",
            "block2": "block2b_add",
            "block3": "block3b_add",
            "block4": "block4c_add",
            "block5": "block5e_add",
            "block6": "block6h_add",
            "top": "top_activation",
        },
        f"{_KERAS}efficientnet_v2/efficientnetv2-b0_notop.h5",
        23.7,
        "Apache 2.0",
        ("Tan and Le 2021, EfficientNetV2: Smaller Models and Faster Training", "https://arxiv.org/abs/2104.00298"),
        "893217f2bb855e2983157299931e43ff",
        top1=0.787,
    ),
    "resnet50": _imagenet(
        "ResNet50",
        "ResNet",
        "resnet50",
        "ResNet50",
        {**_RESNET, "conv5": "conv5_block3_out"},
        f"{_KERAS}resnet/resnet50_{_SUFFIX}",
        94.4,
        "MIT",
        ("He et al. 2015, Deep Residual Learning for Image Recognition", "https://arxiv.org/abs/1512.03385"),
        "4d473c1dd8becc155b73f8504c6f6626",
        top1=0.749,
    ),
    "resnet50v2": _imagenet(
        "ResNet50V2",
        "ResNetV2",
        "resnet_v2",
        "ResNet50V2",
        {**_RESNET, "conv5": "post_relu"},
        f"{_KERAS}resnet/resnet50v2_{_SUFFIX}",
        94.3,
        "BSD 3-clause",
        ("He et al. 2016, Identity Mappings in Deep Residual Networks", "https://arxiv.org/abs/1603.05027"),
        "fac2f116257151a9d068a22e544a4917",
        top1=0.760,
    ),
    "densenet121": _imagenet(
        "DenseNet121",
        "DenseNet",
        "densenet",
        "DenseNet121",
        {"stem": "pool1", "conv2": "pool2_pool", "conv3": "pool3_pool", "conv4": "pool4_pool", "conv5": "relu"},
        f"{_KERAS}densenet/densenet121_{_SUFFIX}",
        28.2,
        "BSD 3-clause",
        ("Huang et al. 2016, Densely Connected Convolutional Networks", "https://arxiv.org/abs/1608.06993"),
        "30ee3e1110167f948a6b9946edeeb738",
        top1=0.750,
    ),
    "vgg16": _imagenet(
        "VGG16",
        "VGG",
        "vgg16",
        "VGG16",
        _VGG,
        f"{_KERAS}vgg16/vgg16_{_SUFFIX}",
        58.9,
        "CC BY 4.0",
        _VGG_PAPER,
        "6d6bbae143d832006294945121d1f1fc",
        top1=0.713,
    ),
    "vgg19": _imagenet(
        "VGG19",
        "VGG",
        "vgg19",
        "VGG19",
        _VGG,
        f"{_KERAS}vgg19/vgg19_{_SUFFIX}",
        80.1,
        "CC BY 4.0",
        _VGG_PAPER,
        "253f8cb515780f3b799900260a226db6",
        top1=0.713,
    ),
    "inception_v3": _imagenet(
        "InceptionV3",
        "Inception",
        "inception_v3",
        "InceptionV3",
        {"stem": "max_pooling2d_1", "mixed0_2": "mixed2", "mixed3_7": "mixed7", "mixed8_10": "mixed10"},
        f"{_KERAS}inception_v3/inception_v3_{_SUFFIX}",
        87.2,
        "Apache 2.0",
        (
            "Szegedy et al. 2015, Rethinking the Inception Architecture for Computer Vision",
            "https://arxiv.org/abs/1512.00567",
        ),
        "bcbd6486424b2319ff4ef7d526e38f63",
        top1=0.779,
        min_size=75,
    ),
    "xception": _imagenet(
        "Xception",
        "Xception",
        "xception",
        "Xception",
        {
            "block1": "block1_conv2_act",
            "blocks_2_4": "add_2",
            "blocks_5_8": "add_6",
            "blocks_9_12": "add_10",
            "blocks_13_14": "block14_sepconv2_act",
        },
        f"{_KERAS}xception/xception_{_SUFFIX}",
        83.4,
        "MIT",
        (
            "Chollet 2016, Xception: Deep Learning with Depthwise Separable Convolutions",
            "https://arxiv.org/abs/1610.02357",
        ),
        "b0042744bf5b25fce3cb969f33bebb97",
        top1=0.790,
        min_size=71,
    ),
    "nasnet_mobile": _imagenet(
        "NASNetMobile",
        "NASNet",
        "nasnet",
        "NASNetMobile",
        {"stem": "stem_bn1", "cells": "activation_187"},
        f"{_KERAS}nasnet/NASNet-mobile-no-top.h5",
        17.1,
        "Apache 2.0",
        (
            "Zoph et al. 2017, Learning Transferable Architectures for Scalable Image Recognition",
            "https://arxiv.org/abs/1707.07012",
        ),
        "1ed92395b5b598bdda52abe5c0dbfd63",
        top1=0.744,
        weights_file="nasnet_mobile_no_top.h5",
    ),
    "convnext_tiny": _imagenet(
        "ConvNeXtTiny",
        "ConvNeXt",
        "convnext",
        "ConvNeXtTiny",
        {
            "stem": "convnext_tiny_stem",
            "stage0": "add_2",
            "stage1": "add_5",
            "stage2": "add_14",
            "stage3": "layer_normalization",
        },
        f"{_KERAS}convnext/convnext_tiny_notop.h5",
        111.3,
        "MIT",
        ("Liu et al. 2022, A ConvNet for the 2020s", "https://arxiv.org/abs/2201.03545"),
        "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
    ),
    "tiny_resnet_cifar100": _tiny_resnet(
        "cifar100", "photographs", "CIFAR-100 (Krizhevsky 2009): 50,000 photographs in 100 classes, 32×32 pixels"
    ),
    "tiny_resnet_glyphs": _tiny_resnet(
        "glyphs", "letters", "Glyphs: 50,000 generated pictures of 100 letters and symbols, 32×32 pixels"
    ),
}

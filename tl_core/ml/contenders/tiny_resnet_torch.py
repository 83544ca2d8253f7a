"""tl_core.ml.network.tiny_resnet in PyTorch, channels last: the peer of its training speed."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from tl_core.ml.network.tiny_resnet import PIXEL_MEAN, PIXEL_SCALE, STAGE_WIDTHS, STEM_WIDTH


def channels_last(pixels: torch.Tensor) -> torch.Tensor:
    """(N, H, W, 3) uint8 → (N, 3, H, W) float32 preprocessed, channels last in memory."""
    x = pixels.permute(0, 3, 1, 2).float().sub(PIXEL_MEAN).div(PIXEL_SCALE)
    return x.contiguous(memory_format=torch.channels_last)


def tiny_resnet(classes: int) -> nn.Module:
    """(N, 3, H, W) float32 → (N, classes) float32 logits."""
    blocks = [Block(low, high) for low, high in zip((STEM_WIDTH, *STAGE_WIDTHS), STAGE_WIDTHS, strict=False)]
    stem = nn.Sequential(conv_norm(3, STEM_WIDTH, 3, 1), nn.ReLU())
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(STAGE_WIDTHS[-1], classes))
    return nn.Sequential(stem, *blocks, head).to(memory_format=torch.channels_last)


def conv_norm(low: int, high: int, kernel: int, stride: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(low, high, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(high))


class Block(nn.Module):
    """Two 3 x 3 convolutions and a shortcut: (N, low, H, W) → (N, high, H / 2, W / 2)."""

    def __init__(self, low: int, high: int) -> None:
        super().__init__()
        self.first, self.second = conv_norm(low, high, 3, 2), conv_norm(high, high, 3, 1)
        self.shortcut = conv_norm(low, high, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.second(functional.relu(self.first(x)))
        return functional.relu(y + self.shortcut(functional.avg_pool2d(x, 2, ceil_mode=True)))

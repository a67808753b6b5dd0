"""Residual networks and the same without shortcuts, for PyTorch, with torchvision's names.

He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (2015),
https://arxiv.org/abs/1512.03385: table 1 for ImageNet, section 4.2 for CIFAR-10. A stage's first
bottleneck halves the image in its first 1×1 convolution; torchvision's (`-torchvision`) in its 3×3.
"""

import torch
from torch import nn
from torch.nn import functional

from zoo_layers import widths


class PaddedShortcut(nn.Module):
    """Option A of the paper: every other pixel, and channels of zeros behind those that there
    are."""

    def __init__(self, stride, new_channels):
        super().__init__()
        self.stride = stride
        self.new_channels = new_channels

    def forward(self, x):
        x = x[:, :, :: self.stride, :: self.stride]
        return functional.pad(x, (0, 0, 0, 0, 0, self.new_channels))


def make_shortcut(kind, inputs, outputs, stride):
    """`kind` is "projection" (option B), "padding" (option A) or "none"."""
    if kind == "none":
        return None
    if stride == 1 and inputs == outputs:
        return nn.Identity()
    if kind == "padding":
        return PaddedShortcut(stride, outputs - inputs)
    projection = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)
    return nn.Sequential(projection, nn.BatchNorm2d(outputs))


class Block(nn.Module):
    """Two convolutions of 3×3."""

    def __init__(self, inputs, outputs, stride, shortcut):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = make_shortcut(shortcut, inputs, outputs, stride)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.downsample is not None:
            y = y + self.downsample(x)
        return torch.relu(y)


class Bottleneck(nn.Module):
    """Convolutions of 1×1, 3×3 and 1×1; `strides` of the first two."""

    def __init__(self, inputs, channels, outputs, strides):
        super().__init__()
        first, second = strides
        self.conv1 = nn.Conv2d(inputs, channels, 1, stride=first, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride=second, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = make_shortcut("projection", inputs, outputs, first * second)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(y)))
        return torch.relu(self.bn3(self.conv3(y)) + self.downsample(x))


class ResNet(nn.Module):
    """A stem, stages layer1 layer2 … of blocks, the mean of each map, a dense layer."""

    def __init__(self, stem, stages, outputs, classes):
        super().__init__()
        self.conv1, self.bn1, self.pool = stem
        self.stages = [f"layer{number}" for number in range(1, len(stages) + 1)]
        for name, stage in zip(self.stages, stages):
            self.add_module(name, stage)
        self.fc = nn.Linear(outputs, classes)

    def forward(self, x):
        x = self.pool(torch.relu(self.bn1(self.conv1(x))))
        for name in self.stages:
            x = getattr(self, name)(x)
        return self.fc(x.mean(dim=(2, 3)))


def make_stages(counts, inputs, base_channels, block):
    """Stages of blocks, and their outputs; all stages but the first begin by halving the image.

    `block` makes one from its inputs, base channels and stride, and says its outputs."""
    stages = []
    for number, (count, base) in enumerate(zip(counts, base_channels)):
        blocks = []
        for index in range(count):
            stride = 2 if number > 0 and index == 0 else 1
            made, inputs = block(inputs, base, stride)
            blocks.append(made)
        stages.append(nn.Sequential(*blocks))
    return stages, inputs


def imagenet_network(counts, block, image_shape, classes, scaled):
    channels = scaled(64)
    stem = (
        nn.Conv2d(image_shape[0], channels, 7, stride=2, padding=3, bias=False),
        nn.BatchNorm2d(channels),
        nn.MaxPool2d(3, stride=2, padding=1),
    )
    stages, outputs = make_stages(counts, channels, (64, 128, 256, 512), block)
    return ResNet(stem, stages, outputs, classes)


def basic(counts, shortcut="projection"):
    """Networks of two convolutions a block: 18 and 34 layers."""

    def make(image_shape, classes, width):
        scaled = widths(width)

        def block(inputs, base, stride):
            outputs = scaled(base)
            return Block(inputs, outputs, stride, shortcut), outputs

        return imagenet_network(counts, block, image_shape, classes, scaled)

    return make, (3, 224, 224), 1000


def bottleneck(counts, torchvision=False):
    """Networks of three convolutions a block: 50, 101 and 152 layers."""

    def make(image_shape, classes, width):
        scaled = widths(width)

        def block(inputs, base, stride):
            outputs = scaled(4 * base)
            strides = (1, stride) if torchvision else (stride, 1)
            return Bottleneck(inputs, scaled(base), outputs, strides), outputs

        return imagenet_network(counts, block, image_shape, classes, scaled)

    return make, (3, 224, 224), 1000


def cifar(depth, shortcut):
    """Three stages of (depth - 2) / 6 blocks."""

    def make(image_shape, classes, width):
        scaled = widths(width)
        channels = scaled(16)

        def block(inputs, base, stride):
            outputs = scaled(base)
            return Block(inputs, outputs, stride, shortcut), outputs

        stem = (
            nn.Conv2d(image_shape[0], channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.Identity(),
        )
        counts = [(depth - 2) // 6] * 3
        stages, outputs = make_stages(counts, channels, (16, 32, 64), block)
        return ResNet(stem, stages, outputs, classes)

    return make, (3, 32, 32), 10


BLOCKS = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
NETWORKS = {}
for depth in (18, 34):
    NETWORKS[f"resnet-{depth}"] = basic(BLOCKS[depth])
    NETWORKS[f"plain-{depth}"] = basic(BLOCKS[depth], shortcut="none")
for depth in (50, 101, 152):
    NETWORKS[f"resnet-{depth}"] = bottleneck(BLOCKS[depth])
    NETWORKS[f"resnet-{depth}-torchvision"] = bottleneck(BLOCKS[depth], torchvision=True)
for depth in (20, 32, 44, 56, 110):
    NETWORKS[f"cifar-resnet-{depth}"] = cifar(depth, shortcut="padding")
    NETWORKS[f"cifar-plain-{depth}"] = cifar(depth, shortcut="none")

"""The small networks that show one idea each: stacks of kernels, 1×1 reductions, ReLU against tanh.

Layers have Tandem's automatic names, conv1 conv2 … dense1.
"""

from collections import OrderedDict

from torch import nn


def named(layers):
    counts = {"conv": 0, "dense": 0}
    result = OrderedDict()
    for index, layer in enumerate(layers):
        kind = {nn.Conv2d: "conv", nn.Linear: "dense"}.get(type(layer))
        if kind:
            counts[kind] += 1
            result[f"{kind}{counts[kind]}"] = layer
        else:
            result[f"layer{index}"] = layer
    return nn.Sequential(result)


def mean_of_maps():
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten()]


def one_width(width):
    if width != 1:
        raise SystemExit("these networks have no other width than 1")


def stack(kernels):
    """A 3×3 convolution, then those that are compared, 64 maps each."""

    def make(shape, classes, width):
        one_width(width)
        layers = [nn.Conv2d(shape[0], 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        for kernel in kernels:
            layers += [nn.Conv2d(64, 64, kernel, padding=kernel // 2), nn.ReLU()]
        return named([*layers, *mean_of_maps(), nn.Linear(64, classes)])

    return make, (3, 32, 32), 10


def reduction(reduced):
    """The 5×5 branch of GoogLeNet's module 4a, directly or through `reduced` maps."""

    def make(shape, classes, width):
        one_width(width)
        layers, maps = [], shape[0]
        if reduced:
            layers, maps = [nn.Conv2d(maps, reduced, 1), nn.ReLU()], reduced
        layers += [nn.Conv2d(maps, classes, 5, padding=2), nn.ReLU()]
        return named([*layers, *mean_of_maps()])

    return make, (480, 14, 14), 48


def twin(activation):
    """Three convolutions of 32, 32 and 64 maps with overlapping pooling, and a dense layer."""

    def make(shape, classes, width):
        one_width(width)
        layers, maps, side = [], shape[0], shape[1]
        for outputs in (32, 32, 64):
            layers += [
                nn.Conv2d(maps, outputs, 5, padding=2),
                activation(),
                nn.MaxPool2d(3, stride=2),
            ]
            maps, side = outputs, (side - 3) // 2 + 1
        return named([*layers, nn.Flatten(), nn.Linear(maps * side * side, classes)])

    return make, (3, 32, 32), 10


NETWORKS = {
    "stack-3x3x2": stack([3, 3]),
    "stack-5x5": stack([5]),
    "stack-3x3x3": stack([3, 3, 3]),
    "stack-7x7": stack([7]),
    "reduction-none": reduction(0),
    "reduction-1x1": reduction(16),
    "cifar-relu": twin(nn.ReLU),
    "cifar-tanh": twin(nn.Tanh),
}

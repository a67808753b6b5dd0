"""Inception-v4, for PyTorch.

Szegedy, Ioffe, Vanhoucke and Alemi, "Inception-v4, Inception-ResNet and the impact of residual
connections on learning" (2016), https://arxiv.org/abs/1602.07261, figures 3 to 9.
"""

from torch import nn

from zoo_layers import Branches, ConvUnit, widths

# A branch is a list of these: (channels, kernel) with the same padding at all sides, so that the
# image keeps its size, (channels, kernel, stride) without padding, "mean" or "maximum" pooling, or
# a list of branches. A kernel is (rows, columns).
ONE, THREE = (1, 1), (3, 3)
ROW7, COLUMN7 = (1, 7), (7, 1)
ROW3, COLUMN3 = (1, 3), (3, 1)

MIXED1 = [["maximum"], [(96, THREE, 2)]]
MIXED2 = [
    [(64, ONE), (96, THREE, 1)],
    [(64, ONE), (64, COLUMN7), (64, ROW7), (96, THREE, 1)],
]
MIXED3 = [[(192, THREE, 2)], ["maximum"]]
INCEPTION_A = [
    ["mean", (96, ONE)],
    [(96, ONE)],
    [(64, ONE), (96, THREE)],
    [(64, ONE), (96, THREE), (96, THREE)],
]
REDUCTION_A = [
    ["maximum"],
    [(384, THREE, 2)],
    [(192, ONE), (224, THREE), (256, THREE, 2)],
]
INCEPTION_B = [
    ["mean", (128, ONE)],
    [(384, ONE)],
    [(192, ONE), (224, ROW7), (256, COLUMN7)],
    [(192, ONE), (192, ROW7), (224, COLUMN7), (224, ROW7), (256, COLUMN7)],
]
REDUCTION_B = [
    ["maximum"],
    [(192, ONE), (192, THREE, 2)],
    [(256, ONE), (256, ROW7), (320, COLUMN7), (320, THREE, 2)],
]
INCEPTION_C = [
    ["mean", (256, ONE)],
    [(256, ONE)],
    [(384, ONE), [[(256, ROW3)], [(256, COLUMN3)]]],
    [(384, ONE), (448, ROW3), (512, COLUMN3), [[(256, COLUMN3)], [(256, ROW3)]]],
]


def conv_unit(inputs, outputs, kernel, stride=None):
    if stride is not None:
        return ConvUnit(inputs, outputs, kernel, stride=stride)
    return ConvUnit(inputs, outputs, kernel, padding=tuple(side // 2 for side in kernel))


def make_branch(layers, inputs, scaled):
    """The branch's units named 1 2 …, and its number of channels."""
    branch = nn.Sequential()
    units = 0
    for layer in layers:
        if layer == "mean":
            pool = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
            branch.add_module("pool", pool)
        elif layer == "maximum":
            branch.add_module("pool", nn.MaxPool2d(3, stride=2))
        elif isinstance(layer, list):
            split, inputs = make_branches(layer, inputs, scaled)
            branch.add_module("split", split)
        else:
            units += 1
            outputs = scaled(layer[0])
            branch.add_module(str(units), conv_unit(inputs, outputs, *layer[1:]))
            inputs = outputs
    return branch, inputs


def make_branches(branches, inputs, scaled):
    """The branches named branch1 branch2 …, and the sum of their channels."""
    module = Branches()
    outputs = 0
    for number, layers in enumerate(branches, 1):
        branch, channels = make_branch(layers, inputs, scaled)
        module.add_module(f"branch{number}", branch)
        outputs += channels
    return module, outputs


class InceptionV4(nn.Module):
    def __init__(self, channels, classes, scaled):
        super().__init__()
        self.stem = nn.Sequential()
        self.stem.add_module("conv1", conv_unit(channels, scaled(32), THREE, 2))  # → [N,32,149,149]
        self.stem.add_module("conv2", conv_unit(scaled(32), scaled(32), THREE, 1))
        self.stem.add_module("conv3", conv_unit(scaled(32), scaled(64), THREE))  # → [N,64,147,147]
        inputs = scaled(64)
        for number, branches in enumerate((MIXED1, MIXED2, MIXED3), 1):
            mixed, inputs = make_branches(branches, inputs, scaled)
            self.stem.add_module(f"mixed{number}", mixed)  # at last → [N,384,35,35]
        blocks = [(f"inceptionA{number}", INCEPTION_A) for number in range(1, 5)]
        blocks.append(("reductionA", REDUCTION_A))  # → [N,1024,17,17]
        blocks += [(f"inceptionB{number}", INCEPTION_B) for number in range(1, 8)]
        blocks.append(("reductionB", REDUCTION_B))  # → [N,1536,8,8]
        blocks += [(f"inceptionC{number}", INCEPTION_C) for number in range(1, 4)]
        self.blocks = [name for name, _ in blocks]
        for name, branches in blocks:
            block, inputs = make_branches(branches, inputs, scaled)
            self.add_module(name, block)
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.stem(x)
        for name in self.blocks:
            x = getattr(self, name)(x)
        return self.fc(self.dropout(x.mean(dim=(2, 3))))


def inception_v4(image_shape, classes, width):
    return InceptionV4(image_shape[0], classes, widths(width))


NETWORKS = {"inception-v4": (inception_v4, (3, 299, 299), 1000)}

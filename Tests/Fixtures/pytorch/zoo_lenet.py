"""LeNet-5 as published, for PyTorch.

LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998),
http://yann.lecun.com/exdb/publis/pdf/lecun-01a.pdf, section II.B.
"""

import torch
from torch import nn
from torch.nn import functional

from zoo_layers import with_inputs

# Table I: the maps of S2 that each of the 16 maps of C3 sees.
C3_INPUTS = [
    (0, 1, 2),
    (1, 2, 3),
    (2, 3, 4),
    (3, 4, 5),
    (0, 4, 5),
    (0, 1, 5),
    (0, 1, 2, 3),
    (1, 2, 3, 4),
    (2, 3, 4, 5),
    (0, 3, 4, 5),
    (0, 1, 4, 5),
    (0, 1, 2, 5),
    (0, 1, 3, 4),
    (1, 2, 4, 5),
    (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
]


class ScaledTanh(nn.Module):
    def forward(self, x):
        return 1.7159 * torch.tanh(x * (2 / 3))


class Subsampling(nn.Module):
    """The mean of 2×2 pixels, times a weight, plus a bias; one of each for a map."""

    def __init__(self, maps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(maps))
        self.bias = nn.Parameter(torch.zeros(maps))

    def forward(self, x):
        mean = functional.avg_pool2d(x, 2)
        return mean * self.weight[:, None, None] + self.bias[:, None, None]


class TableConv2d(nn.Module):
    """A convolution of which only some pairs of maps have a kernel; kernels of one output map
    follow each other."""

    def __init__(self, inputs, table, kernel):
        super().__init__()
        self.inputs = inputs
        self.table = table
        self.weight = nn.Parameter(torch.empty(sum(map(len, table)), kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(len(table)))
        nn.init.normal_(self.weight, std=0.1)

    def forward(self, x):
        kernel = self.weight.shape[1:]
        pairs = [(output, source) for output, row in enumerate(self.table) for source in row]
        index = torch.tensor([output * self.inputs + source for output, source in pairs])
        kernels = self.weight.new_zeros(len(self.table) * self.inputs, *kernel)
        kernels = kernels.index_copy(0, index, self.weight)
        kernels = kernels.reshape(len(self.table), self.inputs, *kernel)
        return functional.conv2d(x, kernels, self.bias)


class RadialBasis(nn.Module):
    """Minus the squared distance to each class's bitmap of 84 pixels, ±1, that are no
    parameters."""

    def __init__(self, classes):
        super().__init__()
        self.register_buffer("targets", torch.ones(classes, 84), persistent=False)

    def forward(self, x):
        return -(x[:, None] - self.targets).square().sum(dim=2)


class LeNet5(nn.Module):
    def __init__(self, channels, classes, radial_basis):
        super().__init__()
        self.c1 = nn.Conv2d(channels, 6, 5)  # → [N,6,28,28]
        self.s2 = Subsampling(6)  # → [N,6,14,14]
        self.c3 = TableConv2d(6, C3_INPUTS, 5)  # → [N,16,10,10]
        self.s4 = Subsampling(16)  # → [N,16,5,5]
        self.c5 = nn.Conv2d(16, 120, 5)  # → [N,120,1,1]
        self.f6 = nn.LazyLinear(84)
        self.output = RadialBasis(classes) if radial_basis else nn.Linear(84, classes)
        self.squash = ScaledTanh()

    def forward(self, x):
        for layer in (self.c1, self.s2, self.c3, self.s4, self.c5):
            x = self.squash(layer(x))
        return self.output(self.squash(self.f6(x.flatten(1))))


def lenet5(radial_basis):
    def make(image_shape, classes, width):
        if width != 1:
            raise SystemExit("LeNet-5 has no other width than 1")
        return with_inputs(LeNet5(image_shape[0], classes, radial_basis), image_shape)

    return make


NETWORKS = {
    "lenet-5": (lenet5(radial_basis=True), (1, 32, 32), 10),
    "lenet-5-softmax": (lenet5(radial_basis=False), (1, 32, 32), 10),
}

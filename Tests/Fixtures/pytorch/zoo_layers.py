"""What the PyTorch forms of several families of networks have in common."""

import math

import torch
from torch import nn
from torch.nn import functional


def widths(factor, multiple=1):
    """The function from a number of channels in the paper to that of the network `factor` as
    wide."""

    def scaled(channels):
        return max(multiple, math.floor(channels * factor / multiple + 0.5) * multiple)

    return scaled


def with_inputs(network, image_shape, training=False):
    """The network after one image of zeros has told the lazy layers their number of inputs."""
    network.train(training)
    with torch.no_grad():
        network(torch.zeros(1, *image_shape))
    return network.train()


class LocalResponseNorm(nn.Module):
    """x / (k + alpha · sum of the squares of 5 neighbouring channels)^0.75, the AlexNet paper's
    form; frameworks divide alpha by 5. Channels of different `groups` are no neighbours."""

    def __init__(self, k, alpha, groups=1):
        super().__init__()
        self.k = k
        self.alpha = alpha
        self.groups = groups

    def forward(self, x):
        towers = x.reshape(-1, x.shape[1] // self.groups, *x.shape[2:])
        y = functional.local_response_norm(towers, 5, alpha=self.alpha * 5, beta=0.75, k=self.k)
        return y.reshape(x.shape)


class Branches(nn.Module):
    """Puts the channels of its branches, children named branch1 branch2 …, one after the other."""

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.children()], dim=1)


class ConvUnit(nn.Module):
    """Convolution without bias, batch norm with epsilon 0.001, ReLU."""

    def __init__(self, inputs, outputs, kernel, **options):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, bias=False, **options)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))

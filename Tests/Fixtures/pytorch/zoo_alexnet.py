"""AlexNet and its relatives, for PyTorch.

Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks"
(2012), https://papers.nips.cc/paper/4824. `caffenet` is Caffe's bvlc_reference_caffenet: pooling
comes before normalisation, which is over all channels. `alexnet-torchvision` is the one tower of
Krizhevsky, "One weird trick for parallelizing convolutional neural networks" (2014),
https://arxiv.org/abs/1404.5997, with torchvision's names.
"""

import torch
from torch import nn
from torch.nn import functional

from zoo_layers import LocalResponseNorm, widths, with_inputs


class AlexNet(nn.Module):
    def __init__(self, channels, classes, scaled, caffe):
        super().__init__()
        self.caffe = caffe
        c96, c256, c384 = scaled(96), scaled(256), scaled(384)
        hidden = scaled(4096)
        self.conv1 = nn.Conv2d(channels, c96, 11, stride=4)  # → [N,96,55,55]
        self.conv2 = nn.Conv2d(c96, c256, 5, padding=2, groups=2)  # → [N,256,27,27]
        self.conv3 = nn.Conv2d(c256, c384, 3, padding=1)  # → [N,384,13,13]
        self.conv4 = nn.Conv2d(c384, c384, 3, padding=1, groups=2)
        self.conv5 = nn.Conv2d(c384, c256, 3, padding=1, groups=2)  # → [N,256,13,13]
        self.fc6 = nn.LazyLinear(hidden)
        self.drop6 = nn.Dropout(0.5)
        self.fc7 = nn.Linear(hidden, hidden)
        self.drop7 = nn.Dropout(0.5)
        self.fc8 = nn.Linear(hidden, classes)
        if caffe:
            self.norm = LocalResponseNorm(k=1, alpha=1e-4 / 5)
        else:
            self.norm = LocalResponseNorm(k=2, alpha=1e-4, groups=2)

    def shrink(self, x):
        if self.caffe:
            return self.norm(functional.max_pool2d(x, 3, stride=2))
        return functional.max_pool2d(self.norm(x), 3, stride=2)

    def forward(self, x):
        if not self.caffe:
            x = functional.pad(x, (2, 1, 2, 1))  # 224 pixels make 55 outputs
        x = self.shrink(torch.relu(self.conv1(x)))  # → [N,96,27,27]
        x = self.shrink(torch.relu(self.conv2(x)))  # → [N,256,13,13]
        x = torch.relu(self.conv3(x))
        x = torch.relu(self.conv4(x))
        x = torch.relu(self.conv5(x))
        x = functional.max_pool2d(x, 3, stride=2).flatten(1)  # → [N,9216]
        x = self.drop6(torch.relu(self.fc6(x)))
        x = self.drop7(torch.relu(self.fc7(x)))
        return self.fc8(x)


class OneTower(nn.Module):
    def __init__(self, channels, classes, scaled, adaptive):
        super().__init__()
        c64, c192, c256, c384 = scaled(64), scaled(192), scaled(256), scaled(384)
        hidden = scaled(4096)
        self.features = nn.Sequential(
            nn.Conv2d(channels, c64, 11, stride=4, padding=2),  # → [N,64,55,55]
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(c64, c192, 5, padding=2),  # → [N,192,27,27]
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(c192, c384, 3, padding=1),  # → [N,384,13,13]
            nn.ReLU(),
            nn.Conv2d(c384, c256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(c256, c256, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),  # → [N,256,6,6]
        )
        self.pool = nn.AdaptiveAvgPool2d(6) if adaptive else nn.Identity()
        self.classifier = nn.Sequential(
            nn.Dropout(0.5),
            nn.LazyLinear(hidden),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, classes),
        )

    def forward(self, x):
        return self.classifier(self.pool(self.features(x)).flatten(1))


def two_towers(caffe):
    def make(image_shape, classes, width):
        network = AlexNet(image_shape[0], classes, widths(width, multiple=2), caffe)
        return with_inputs(network, image_shape)

    return make


def one_tower(image_shape, classes, width, adaptive=False):
    network = OneTower(image_shape[0], classes, widths(width), adaptive)
    return with_inputs(network, image_shape)


NETWORKS = {
    "alexnet": (two_towers(caffe=False), (3, 224, 224), 1000),
    "caffenet": (two_towers(caffe=True), (3, 227, 227), 1000),
    "alexnet-torchvision": (one_tower, (3, 224, 224), 1000),
}

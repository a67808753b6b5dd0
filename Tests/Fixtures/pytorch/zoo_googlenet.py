"""GoogLeNet of 2014 and torchvision's, for PyTorch.

Szegedy et al., "Going deeper with convolutions" (2014), https://arxiv.org/abs/1409.4842, table 1.
The first has biases and no batch norm, and Caffe's local response normalisation (bvlc_googlenet).
torchvision's has batch norm and neither biases nor response normalisation, 3×3 where the paper has
5×5, 2×2 in the last pooling, and auxiliary heads on 4×4 means of any image.

In training both return the logits of the network, of aux1 and of aux2.
"""

import torch
from torch import nn
from torch.nn import functional

from zoo_layers import Branches, ConvUnit, LocalResponseNorm, widths, with_inputs

# Channels of 1×1, of 3×3's reduction, of 3×3, of 5×5's reduction, of 5×5, of the pool's projection.
INCEPTIONS = {
    "3a": (64, 96, 128, 16, 32, 32),  # → [N,256,28,28]
    "3b": (128, 128, 192, 32, 96, 64),  # → [N,480,28,28]
    "4a": (192, 96, 208, 16, 48, 64),  # → [N,512,14,14]
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),  # → [N,528,14,14]
    "4e": (256, 160, 320, 32, 128, 128),  # → [N,832,14,14]
    "5a": (256, 160, 320, 32, 128, 128),  # → [N,832,7,7]
    "5b": (384, 192, 384, 48, 128, 128),  # → [N,1024,7,7]
}
POOL_BEFORE = ("4a", "5a")
HEAD_AFTER = {"4a": "aux1", "4d": "aux2"}


class Chain(nn.Module):
    """Its children one after the other, each followed by ReLU."""

    def forward(self, x):
        for layer in self.children():
            x = torch.relu(layer(x))
        return x


def named(container, **children):
    for name, child in children.items():
        container.add_module(name, child)
    return container


def published_inception(inputs, channels):
    one, reduce3, three, reduce5, five, project = channels
    return named(
        Branches(),
        branch1=named(Chain(), conv=nn.Conv2d(inputs, one, 1)),
        branch2=named(
            Chain(),
            reduce=nn.Conv2d(inputs, reduce3, 1),
            conv=nn.Conv2d(reduce3, three, 3, padding=1),
        ),
        branch3=named(
            Chain(),
            reduce=nn.Conv2d(inputs, reduce5, 1),
            conv=nn.Conv2d(reduce5, five, 5, padding=2),
        ),
        branch4=named(
            nn.Sequential(),
            pool=nn.MaxPool2d(3, stride=1, padding=1),
            project=nn.Conv2d(inputs, project, 1),
            relu=nn.ReLU(),
        ),
    )


def torchvision_inception(inputs, channels):
    one, reduce3, three, reduce5, five, project = channels
    return named(
        Branches(),
        branch1=ConvUnit(inputs, one, 1),
        branch2=nn.Sequential(ConvUnit(inputs, reduce3, 1), ConvUnit(reduce3, three, 3, padding=1)),
        branch3=nn.Sequential(ConvUnit(inputs, reduce5, 1), ConvUnit(reduce5, five, 3, padding=1)),
        branch4=nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), ConvUnit(inputs, project, 1)),
    )


class Head(nn.Module):
    """An auxiliary classifier: pooling to 4×4 pixels, 1×1 convolution, two dense layers."""

    def __init__(self, pool, conv, fc1, classes):
        super().__init__()
        self.pool = pool
        self.conv = conv
        self.fc1 = fc1
        self.dropout = nn.Dropout(0.7)
        self.fc2 = nn.Linear(fc1.out_features, classes)

    def forward(self, x):
        x = torch.relu(self.conv(self.pool(x)))  # → [N,128,4,4]
        return self.fc2(self.dropout(torch.relu(self.fc1(x.flatten(1)))))


class GoogLeNet(nn.Module):
    def __init__(self, inception, head, inputs, classes, scaled, dropout):
        """`inception` makes a module from its inputs and channels, `head` one from its inputs;
        `inputs` are the channels before inception3a."""
        super().__init__()
        for name, channels in INCEPTIONS.items():
            channels = [scaled(count) for count in channels]
            self.add_module(f"inception{name}", inception(inputs, channels))
            inputs = channels[0] + channels[2] + channels[4] + channels[5]
            if name in HEAD_AFTER:
                self.add_module(HEAD_AFTER[name], head(inputs))
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.stem(x)  # → [N,192,28,28]
        heads = []
        for name in INCEPTIONS:
            if name in POOL_BEFORE:
                x = self.pool(x, last=name == "5a")
            x = getattr(self, f"inception{name}")(x)
            if name in HEAD_AFTER and self.training:
                heads.append(getattr(self, HEAD_AFTER[name])(x))
        logits = self.fc(self.dropout(x.mean(dim=(2, 3))))
        return (logits, *heads) if self.training else logits


class Published(GoogLeNet):
    def __init__(self, channels, classes, scaled):
        def head(inputs):
            conv = nn.Conv2d(inputs, scaled(128), 1)
            return Head(nn.AvgPool2d(5, stride=3), conv, nn.LazyLinear(scaled(1024)), classes)

        super().__init__(published_inception, head, scaled(192), classes, scaled, dropout=0.4)
        self.conv1 = nn.Conv2d(channels, scaled(64), 7, stride=2, padding=3)  # → [N,64,112,112]
        self.conv2 = nn.Conv2d(scaled(64), scaled(64), 1)
        self.conv3 = nn.Conv2d(scaled(64), scaled(192), 3, padding=1)  # → [N,192,56,56]
        self.norm = LocalResponseNorm(k=1, alpha=1e-4 / 5)

    def stem(self, x):
        x = self.norm(self.pool(torch.relu(self.conv1(x))))
        x = torch.relu(self.conv3(torch.relu(self.conv2(x))))
        return self.pool(self.norm(x))

    def pool(self, x, last=False):
        return functional.max_pool2d(x, 3, stride=2, ceil_mode=True)


class Torchvision(GoogLeNet):
    def __init__(self, channels, classes, scaled):
        def head(inputs):
            conv = ConvUnit(inputs, scaled(128), 1)
            fc1 = nn.Linear(scaled(128) * 16, scaled(1024))
            return Head(nn.AdaptiveAvgPool2d(4), conv, fc1, classes)

        super().__init__(torchvision_inception, head, scaled(192), classes, scaled, dropout=0.2)
        self.conv1 = ConvUnit(channels, scaled(64), 7, stride=2, padding=3)
        self.conv2 = ConvUnit(scaled(64), scaled(64), 1)
        self.conv3 = ConvUnit(scaled(64), scaled(192), 3, padding=1)

    def stem(self, x):
        return self.pool(self.conv3(self.conv2(self.pool(self.conv1(x)))))

    def pool(self, x, last=False):
        return functional.max_pool2d(x, 2 if last else 3, stride=2, ceil_mode=True)


def published(image_shape, classes, width):
    network = Published(image_shape[0], classes, widths(width))
    return with_inputs(network, image_shape, training=True)


def torchvision(image_shape, classes, width):
    return Torchvision(image_shape[0], classes, widths(width))


NETWORKS = {
    "googlenet": (published, (3, 224, 224), 1000),
    "googlenet-torchvision": (torchvision, (3, 224, 224), 1000),
}

"""The networks of the Visual Geometry Group, for PyTorch, with torchvision's names.

Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition" (2014),
https://arxiv.org/abs/1409.1556, table 1. Batch norm, between convolution and ReLU, is
torchvision's.
"""

from torch import nn

from zoo_layers import LocalResponseNorm, widths, with_inputs

CHANNELS = (64, 128, 256, 512, 512)
# Sizes of the kernels of each of the five stages.
A = ((3,), (3,), (3, 3), (3, 3), (3, 3))
B = ((3, 3),) * 5
C = ((3, 3), (3, 3), (3, 3, 1), (3, 3, 1), (3, 3, 1))
D = ((3, 3), (3, 3), (3, 3, 3), (3, 3, 3), (3, 3, 3))
E = ((3, 3), (3, 3), (3, 3, 3, 3), (3, 3, 3, 3), (3, 3, 3, 3))


def feature_layers(stages, channels, scaled, batch_norm, response_norm):
    layers = []
    inputs = channels
    for kernels, outputs in zip(stages, map(scaled, CHANNELS)):
        for kernel in kernels:
            layers.append(nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2))
            if batch_norm:
                layers.append(nn.BatchNorm2d(outputs))
            layers.append(nn.ReLU())
            if response_norm and len(layers) == 2:
                layers.append(LocalResponseNorm(k=2, alpha=1e-4))
            inputs = outputs
        layers.append(nn.MaxPool2d(2))
    return layers


class VGG(nn.Module):
    def __init__(self, features, classes, hidden, adaptive):
        super().__init__()
        self.features = nn.Sequential(*features)  # → [N,512,7,7]
        self.pool = nn.AdaptiveAvgPool2d(7) if adaptive else nn.Identity()
        self.classifier = nn.Sequential(
            nn.LazyLinear(hidden),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(hidden, classes),
        )

    def forward(self, x):
        return self.classifier(self.pool(self.features(x)).flatten(1))


def vgg(stages, batch_norm=False, response_norm=False):
    def make(image_shape, classes, width, adaptive=False):
        scaled = widths(width)
        features = feature_layers(stages, image_shape[0], scaled, batch_norm, response_norm)
        return with_inputs(VGG(features, classes, scaled(4096), adaptive), image_shape)

    return make, (3, 224, 224), 1000


NETWORKS = {
    "vgg-a": vgg(A),
    "vgg-a-lrn": vgg(A, response_norm=True),
    "vgg-b": vgg(B),
    "vgg-c": vgg(C),
    "vgg-d": vgg(D),
    "vgg-e": vgg(E),
    "vgg-16-bn": vgg(D, batch_norm=True),
    "vgg-19-bn": vgg(E, batch_norm=True),
    "vgg-11-torchvision": vgg(A),
    "vgg-13-torchvision": vgg(B),
    "vgg-16-torchvision": vgg(D),
    "vgg-19-torchvision": vgg(E),
}

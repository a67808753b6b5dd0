"""The networks of Tandem's zoo, written for PyTorch layer by layer (Sources/TandemZoo)."""

import torch
from torch import nn

INPUT_SHAPES = {
    "mlp": (1, 28, 28),
    "simple-convnet": (1, 28, 28),
    "lenet": (1, 28, 28),
    "mnist-cnn": (1, 28, 28),
    "cifar-quick": (3, 32, 32),
}
CLASSES = 10


def make(name, input_shape=None):
    """The named network with PyTorch's default initialisation, for images of [C, H, W]."""
    input_shape = input_shape or INPUT_SHAPES[name]
    network = layers(name, input_shape[0])
    with torch.no_grad():
        network(torch.zeros(1, *input_shape))  # tells the lazy layers their number of inputs
    return network


def layers(name, channels):
    if name == "mlp":
        return nn.Sequential(nn.Flatten(), nn.LazyLinear(512), nn.ReLU(), nn.LazyLinear(CLASSES))
    if name == "simple-convnet":
        return nn.Sequential(
            nn.Conv2d(channels, 30, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.LazyLinear(100),
            nn.ReLU(),
            nn.LazyLinear(CLASSES),
        )
    if name == "lenet":
        return nn.Sequential(
            nn.Conv2d(channels, 6, 5, padding=2),
            nn.Tanh(),
            nn.AvgPool2d(2),
            nn.Conv2d(6, 16, 5),
            nn.Tanh(),
            nn.AvgPool2d(2),
            nn.Flatten(),
            nn.LazyLinear(120),
            nn.Tanh(),
            nn.LazyLinear(84),
            nn.Tanh(),
            nn.LazyLinear(CLASSES),
        )
    if name == "mnist-cnn":
        return nn.Sequential(
            nn.Conv2d(channels, 32, 3),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Dropout(0.25),
            nn.Flatten(),
            nn.LazyLinear(128),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.LazyLinear(CLASSES),
        )
    if name == "cifar-quick":
        return nn.Sequential(
            nn.Conv2d(channels, 16, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 20, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(20, 20, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.LazyLinear(CLASSES),
        )
    raise SystemExit(f"no PyTorch form of the network {name}; there is {', '.join(INPUT_SHAPES)}")

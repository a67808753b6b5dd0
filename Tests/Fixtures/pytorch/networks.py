"""Writes networks/NAME.safetensors: one forward and backward pass of networks as PyTorch 2.13
computes them, in double precision from float32 weights and images.

Run with `python3 Tests/Fixtures/pytorch/networks.py` where torch==2.13.0+cpu is installed. There is
a file for each network of the zoo, on small images of odd sizes where the layers allow it, and one
for `every-option`, a network of all layers and options that the zoo does not use; its Swift form is
in Tests/TandemTrainingTests/PyTorchNetworkTests.swift.

Tensors of each file, all float32:
    images              [N, C, H, W]
    labels              [N]
    logits              [N, classes]
    loss                [1], the mean cross-entropy
    parameters.NAME     under Tandem's names, for example parameters.conv1.weight
    gradients.NAME      of the loss, in the same shapes
The metadata holds `labelSmoothing`. Dropout is left out.
"""

import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[2] / "Benchmarks"))
import pytorch_networks  # noqa: E402
import tensor_files  # noqa: E402

IMAGES = 5
INPUT_SHAPES = {
    "mlp": (1, 3, 5),
    "simple-convnet": (1, 9, 10),
    "lenet": (1, 28, 28),
    "mnist-cnn": (1, 7, 6),
    "cifar-quick": (3, 9, 11),
    "every-option": (4, 19, 23),
}


class EveryOption(nn.Module):
    """Uneven kernels, strides and padding, groups, ceil mode, both means of padded windows,
    branches."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 8, (3, 5), stride=(2, 1), padding=(1, 2), groups=2, bias=False)
        self.conv2 = nn.Conv2d(8, 12, 3, stride=2, groups=4)
        self.residual_conv1 = nn.Conv2d(12, 12, 3, padding=1)
        self.residual_conv2 = nn.Conv2d(12, 12, 1)
        self.branch1_conv1 = nn.Conv2d(12, 5, 1)
        self.branch2_conv1 = nn.Conv2d(12, 7, 3, padding=1)
        self.conv3 = nn.Conv2d(12, 10, 2)
        self.dense1 = nn.Linear(10, 6)

    names = {
        "conv1": "conv1",
        "conv2": "conv2",
        "residual_conv1": "residual1.conv1",
        "residual_conv2": "residual1.conv2",
        "branch1_conv1": "concat1.branch1.conv1",
        "branch2_conv1": "concat1.branch2.conv1",
        "conv3": "conv3",
        "dense1": "dense1",
    }

    def forward(self, x):
        x = torch.sigmoid(self.conv1(x))  # → [N,8,10,23]
        x = functional.max_pool2d(x, 3, stride=2, padding=1, ceil_mode=True)  # → [N,8,6,12]
        # TensorFlow's SAME: 3 outputs reach over 7 rows of 6, 6 outputs over 13 columns of 12; the
        # odd row and column are at the bottom and right.
        x = torch.tanh(self.conv2(functional.pad(x, (0, 1, 0, 1))))  # → [N,12,3,6]
        x = functional.avg_pool2d(
            x, 3, stride=2, padding=1, ceil_mode=True, count_include_pad=False
        )  # → [N,12,2,4]
        x = torch.relu(self.residual_conv2(torch.relu(self.residual_conv1(x))) + x)
        first = torch.relu(self.branch1_conv1(x))
        second = functional.avg_pool2d(self.branch2_conv1(x), 3, stride=1, padding=1)
        x = torch.cat([first, second], dim=1)  # → [N,12,2,4]
        x = self.conv3(functional.pad(x, (1, 0, 0, 1)))  # → [N,10,2,4]
        x = torch.softmax(x.mean(dim=(2, 3)), dim=1)  # → [N,10]
        return self.dense1(x)  # → [N,6]


def tandem_names(network):
    """Tandem's automatic names, conv1 conv2 … dense1 …, of a chain of layers."""
    names = {}
    counts = {"conv": 0, "dense": 0}
    for key, layer in network.named_children():
        kind = {nn.Conv2d: "conv", nn.Linear: "dense"}.get(type(layer))
        if kind:
            counts[kind] += 1
            names[key] = f"{kind}{counts[kind]}"
    return names


def without_dropout(network):
    return nn.Sequential(*(layer for layer in network if not isinstance(layer, nn.Dropout)))


def main():
    for index, (name, shape) in enumerate(INPUT_SHAPES.items()):
        torch.manual_seed(index)
        if name == "every-option":
            network, label_smoothing = EveryOption(), 0.1
            names = network.names
        else:
            network = without_dropout(pytorch_networks.make(name, shape))
            names, label_smoothing = tandem_names(network), 0.0
        network.double()
        images = torch.randn(IMAGES, *shape)
        logits = network(images.double())
        labels = torch.randint(logits.shape[1], (IMAGES,))
        loss = functional.cross_entropy(logits, labels, label_smoothing=label_smoothing)
        loss.backward()
        tensors = {"images": images, "labels": labels, "logits": logits, "loss": loss.reshape(1)}
        for key, parameter in network.named_parameters():
            layer, kind = key.rsplit(".", 1)
            tensors[f"parameters.{names[layer]}.{kind}"] = parameter
            tensors[f"gradients.{names[layer]}.{kind}"] = parameter.grad
        metadata = {"labelSmoothing": str(label_smoothing), "torch": torch.__version__}
        tensor_files.write(FOLDER / "networks" / f"{name}.safetensors", tensors, metadata)


if __name__ == "__main__":
    main()

"""Writes the ONNX models that the tests of ONNXWeights read.

    python3 -m pip install "torch==2.13.0+cpu" onnx
    python3 Tests/Fixtures/TandemTensor/onnx_files.py

Made with PyTorch 2.13.0 and onnx 1.23.2. Every value is a closed form, so that the tests know it
without this script: element i of a tensor is i / 4 - 1, of running_var i / 4 + 1.

    kept.onnx        as the network was, in evaluation mode
    folded.onnx      batch normalization in the convolution, as torch.onnx does it by itself
    beside.onnx      kept.onnx with its weights in beside.data
    product.onnx     the dense layer as MatMul and Add
"""

import warnings
from pathlib import Path

import onnx
import torch

folder = Path(__file__).parent / "onnx"


class Net(torch.nn.Module):
    """On images of 1×6×6."""

    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 2, 3, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(2)
        self.fc = torch.nn.Linear(32, 3)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        return self.fc(torch.flatten(x, 1))


class Product(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(4, 3))
        self.bias = torch.nn.Parameter(torch.zeros(3))

    def forward(self, x):
        return torch.matmul(x, self.weight) + self.bias


def filled(network):
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point():
            values = torch.arange(tensor.numel()) / 4 + (1 if name.endswith("running_var") else -1)
            tensor.copy_(values.reshape(tensor.shape))
    return network.eval()


def export(network, image, name, **options):
    torch.onnx.export(network, (image,), str(folder / name), dynamo=False, **options)


def main():
    warnings.simplefilter("ignore")
    folder.mkdir(exist_ok=True)
    network, image = filled(Net()), torch.zeros(1, 1, 6, 6)
    keep = torch.onnx.TrainingMode.PRESERVE
    export(network, image, "kept.onnx", training=keep, do_constant_folding=False)
    export(network, image, "folded.onnx")
    export(filled(Product()), torch.zeros(1, 4), "product.onnx")
    model = onnx.load(str(folder / "kept.onnx"))
    (folder / "beside.data").unlink(missing_ok=True)
    onnx.save_model(
        model,
        str(folder / "beside.onnx"),
        save_as_external_data=True,
        location="beside.data",
        size_threshold=0,
    )


if __name__ == "__main__":
    main()

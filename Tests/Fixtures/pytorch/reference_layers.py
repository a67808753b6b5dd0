"""Writes reference_layers.json: what PyTorch computes in float64 for single layers, for one small
network's gradients and for the sizes of pooling outputs.

    pip install "torch==2.13.0+cpu"
    python reference_layers.py

Layers are written as Tandem stores them in network files. Values of inputs and parameters are not
stored: both sides make them with pattern(), exactly representable numbers.
"""

import json
import os

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
IMAGES = 2


def pattern(shape, salt):
    count = 1
    for size in shape:
        count *= size
    values = [((index * 37 + salt * 17) % 101 - 50) / 64 for index in range(count)]
    return torch.tensor(values).reshape(shape)


def rounded(tensor):
    return [float(f"{value:.12g}") for value in tensor.flatten().tolist()]


def same(input, kernel, stride):
    """TensorFlow's SAME: (before, after)."""
    output = -(-input // stride)
    total = max(0, (output - 1) * stride + kernel - input)
    return total // 2, total - total // 2


def sides(layer, shape):
    """[top, bottom, left, right] of a layer for [C, H, W]."""
    if layer["padding"] == "valid":
        return [0, 0, 0, 0]
    if layer["padding"] == "same":
        rows = same(shape[1], layer["kernel"][0], layer["stride"][0])
        columns = same(shape[2], layer["kernel"][1], layer["stride"][1])
        return [*rows, *columns]
    return layer["padding"]


def convolution(shape, outputs, kernel, stride=(1, 1), padding="valid", groups=1, bias=True):
    layer = {
        "kind": "conv",
        "outputChannels": outputs,
        "kernel": list(kernel),
        "stride": list(stride),
        "padding": padding,
        "groups": groups,
        "hasBias": bias,
        "weightInitializer": {"uniformFanIn": {}},
        "biasInitializer": {"uniformFanIn": {}},
    }
    images = pattern([IMAGES] + shape, 1)
    weight = pattern([outputs, shape[0] // groups, *kernel], 2)
    top, bottom, left, right = sides(layer, shape)
    padded = F.pad(images, (left, right, top, bottom))
    output = F.conv2d(
        padded, weight, pattern([outputs], 3) if bias else None, stride=stride, groups=groups
    )
    if padding == "same" and tuple(stride) == (1, 1):
        own = F.conv2d(
            images, weight, pattern([outputs], 3) if bias else None, padding="same", groups=groups
        )
        assert torch.allclose(own, output)
    return case(layer, shape, output)


def max_pool(shape, kernel, stride, padding="valid", ceil=False):
    layer = {
        "kind": "max-pool",
        "kernel": list(kernel),
        "stride": list(stride),
        "padding": padding,
        "ceilMode": ceil,
    }
    images = pattern([IMAGES] + shape, 1)
    top, bottom, left, right = sides(layer, shape)
    if (top, left) == (bottom, right):
        output = F.max_pool2d(images, kernel, stride, (top, left), ceil_mode=ceil)
    else:
        assert not ceil
        padded = F.pad(images, (left, right, top, bottom), value=float("-inf"))
        output = F.max_pool2d(padded, kernel, stride)
    return case(layer, shape, output)


def average_pool(shape, kernel, stride, padding=(0, 0), ceil=False, include=True):
    layer = {
        "kind": "average-pool",
        "kernel": list(kernel),
        "stride": list(stride),
        "padding": [padding[0], padding[0], padding[1], padding[1]],
        "ceilMode": ceil,
        "countIncludesPadding": include,
    }
    output = F.avg_pool2d(
        pattern([IMAGES] + shape, 1),
        kernel,
        stride,
        padding,
        ceil_mode=ceil,
        count_include_pad=include,
    )
    return case(layer, shape, output)


def dense(shape, outputs, bias=True):
    layer = {
        "kind": "dense",
        "outputs": outputs,
        "hasBias": bias,
        "weightInitializer": {"uniformFanIn": {}},
        "biasInitializer": {"uniformFanIn": {}},
    }
    images = pattern([IMAGES] + shape, 1).flatten(1)
    weight = pattern([outputs, images.shape[1]], 2)
    return case(layer, shape, F.linear(images, weight, pattern([outputs], 3) if bias else None))


def plain(kind, shape, function):
    return case({"kind": kind}, shape, function(pattern([IMAGES] + shape, 1)))


def case(layer, shape, output):
    return {
        "layer": layer,
        "input": shape,
        "output": list(output.shape[1:]),
        "values": rounded(output),
    }


layers = [
    convolution([1, 7, 6], 3, (5, 5)),
    convolution([3, 7, 6], 2, (3, 3), stride=(2, 2), padding=[1, 1, 1, 1]),
    convolution([2, 6, 7], 2, (3, 2), stride=(1, 2), padding=[0, 2, 1, 0]),
    convolution([4, 5, 5], 6, (3, 3), groups=2, bias=False),
    convolution([3, 5, 4], 6, (2, 2), groups=3, padding=[1, 1, 1, 1]),
    convolution([2, 5, 6], 3, (4, 3), padding="same"),
    convolution([2, 7, 8], 2, (3, 3), stride=(2, 2), padding="same"),
    convolution([1, 5, 8], 2, (2, 5), stride=(3, 3), padding="same"),
    convolution([3, 4, 4], 5, (1, 1), bias=False),
    max_pool([2, 6, 5], (2, 2), (2, 2)),
    max_pool([2, 6, 5], (2, 2), (2, 2), ceil=True),
    max_pool([1, 7, 8], (3, 3), (2, 2)),
    max_pool([1, 7, 8], (3, 3), (2, 2), padding=[1, 1, 1, 1], ceil=True),
    max_pool([1, 6, 7], (3, 2), (2, 3), padding=[1, 1, 0, 0], ceil=True),
    max_pool([2, 5, 6], (3, 3), (2, 2), padding="same"),
    max_pool([1, 5, 5], (3, 3), (1, 1), padding="same"),
    average_pool([2, 6, 5], (2, 2), (2, 2)),
    average_pool([2, 6, 5], (2, 2), (2, 2), ceil=True),
    average_pool([1, 7, 8], (3, 3), (2, 2), padding=(1, 1)),
    average_pool([1, 7, 8], (3, 3), (2, 2), padding=(1, 1), include=False),
    average_pool([1, 7, 8], (3, 3), (2, 2), padding=(1, 1), ceil=True),
    average_pool([1, 7, 8], (3, 3), (2, 2), padding=(1, 1), ceil=True, include=False),
    average_pool([1, 6, 8], (4, 3), (3, 4), padding=(2, 1), ceil=True),
    dense([6], 4),
    dense([2, 3, 2], 3, bias=False),
    plain("global-average-pool", [3, 3, 4], lambda x: x.mean((2, 3))),
    plain("relu", [2, 3, 3], torch.relu),
    plain("tanh", [2, 3, 3], torch.tanh),
    plain("sigmoid", [9], torch.sigmoid),
    plain("softmax", [9], lambda x: torch.softmax(x, 1)),
    plain("flatten", [2, 2, 3], lambda x: x.flatten(1)),
]

# Rows of the output for every small combination; -1 where the kernel does not fit.
sizes = []
for input in range(1, 10):
    for kernel in range(1, 6):
        for stride in range(1, 5):
            for padding in range(kernel // 2 + 1):
                for ceil in (False, True):
                    if kernel > input + 2 * padding:
                        sizes.append(-1)
                        continue
                    image = torch.zeros(1, 1, input, 1)
                    output = F.max_pool2d(
                        image, (kernel, 1), (stride, 1), (padding, 0), ceil_mode=ceil
                    )
                    sizes.append(output.shape[2])

logits = pattern([4, 6], 5) * 8
labels = [0, 5, 2, 3]
losses = [
    {
        "smoothing": smoothing,
        "loss": F.cross_entropy(logits, torch.tensor(labels), label_smoothing=smoothing).item(),
    }
    for smoothing in (0.0, 0.1, 0.5, 1.0)
]

# conv 3@3×3 padding 1, tanh, average pool 2, dense 4 on [1, 6, 6]; label smoothing 0.1.
images = pattern([IMAGES, 1, 6, 6], 1).requires_grad_()
parameters = {
    "conv1.weight": pattern([3, 1, 3, 3], 2).requires_grad_(),
    "conv1.bias": pattern([3], 3).requires_grad_(),
    "dense1.weight": pattern([4, 27], 4).requires_grad_(),
    "dense1.bias": pattern([4], 5).requires_grad_(),
}
hidden = F.conv2d(images, parameters["conv1.weight"], parameters["conv1.bias"], padding=1)
hidden = F.avg_pool2d(torch.tanh(hidden), 2).flatten(1)
hidden = F.linear(hidden, parameters["dense1.weight"], parameters["dense1.bias"])
loss = F.cross_entropy(hidden, torch.tensor([3, 1]), label_smoothing=0.1)
loss.backward()
gradients = {name: rounded(value.grad) for name, value in parameters.items()}

with open(os.path.join(os.path.dirname(__file__), "reference_layers.json"), "w") as file:
    json.dump(
        {
            "torch": torch.__version__,
            "layers": layers,
            "pooledSizes": sizes,
            "losses": {"logits": rounded(logits), "labels": labels, "cases": losses},
            "gradients": {
                "loss": loss.item(),
                "input": rounded(images.grad),
                "parameters": gradients,
            },
        },
        file,
        separators=(",", ":"),
    )
    file.write("\n")

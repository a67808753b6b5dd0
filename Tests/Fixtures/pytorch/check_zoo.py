"""Checks zoo.py: the published numbers of parameters, and torchvision's networks with its own
weights.

    check_zoo.py [NAME …]

needs torch==2.13.0+cpu, numpy, pillow and torchvision==0.28.0 (pip install --no-deps). Each network
that torchvision has takes over its state_dict and has to give, in double precision, the same logits
of an image of 224×224 pixels in inference, and the same logits (also of auxiliary heads) and
gradients of two of 96×96 in training. Local response normalisation is compared with its formula.
Ends with an error if a network differs.
"""

import copy
import functools
import math
import sys

import torch
from torch import nn
from torch.nn import functional

import zoo
from zoo_layers import LocalResponseNorm

LARGEST_DIFFERENCE = 1e-12
PARAMETERS = {
    "mlp": 407_050,
    "head-256": 2_097_922,
    "cifar-resnet-9": 6_575_370,
    "lenet": 61_706,
    "lenet-5": 60_000,
    "lenet-5-softmax": 60_850,
    "alexnet": 60_965_224,
    "caffenet": 60_965_224,
    "alexnet-torchvision": 61_100_840,
    "vgg-a": 132_863_336,
    "vgg-a-lrn": 132_863_336,
    "vgg-b": 133_047_848,
    "vgg-c": 133_638_952,
    "vgg-d": 138_357_544,
    "vgg-e": 143_667_240,
    "vgg-16-bn": 138_365_992,
    "vgg-19-bn": 143_678_248,
    "googlenet": 13_378_280,
    "googlenet-torchvision": 13_004_888,
    "inception-v4": 42_679_816,
    "resnet-18": 11_689_512,
    "resnet-34": 21_797_672,
    "resnet-50": 25_557_032,
    "resnet-101": 44_549_160,
    "resnet-152": 60_192_808,
    "resnet-50-torchvision": 25_557_032,
    "resnet-101-torchvision": 44_549_160,
    "resnet-152-torchvision": 60_192_808,
    # The convolutions of the shortcuts, 172,032, and their batch norms, 1,792, are not there.
    "plain-18": 11_689_512 - 173_824,
    "plain-34": 21_797_672 - 173_824,
}
for depth in (20, 32, 44, 56, 110):
    blocks = (depth - 2) // 6
    # For each width c: convolutions 9·c² but the first of a stage, 9·c·c/2, and batch norms 2·c.
    count = (
        3 * 16 * 9
        + 2 * 16
        + sum((2 * blocks * (9 * c + 2)) * c for c in (16, 32, 64))
        - sum(9 * c * c // 2 for c in (32, 64))
        + 64 * 10
        + 10
    )
    PARAMETERS[f"cifar-resnet-{depth}"] = PARAMETERS[f"cifar-plain-{depth}"] = count
WITHOUT_HEADS = {"googlenet": 6_998_552, "googlenet-torchvision": 6_624_904}

TORCHVISION = {
    "alexnet-torchvision": "alexnet",
    "vgg-a": "vgg11",
    "vgg-b": "vgg13",
    "vgg-d": "vgg16",
    "vgg-e": "vgg19",
    "vgg-16-bn": "vgg16_bn",
    "vgg-19-bn": "vgg19_bn",
    "googlenet-torchvision": "googlenet",
    "resnet-18": "resnet18",
    "resnet-34": "resnet34",
    "resnet-50": "resnet50",
    "resnet-101": "resnet101",
    "resnet-152": "resnet152",
    "resnet-50-torchvision": "resnet50",
    "resnet-101-torchvision": "resnet101",
    "resnet-152-torchvision": "resnet152",
}


def check_counts(names):
    wrong = []
    for name in names:
        with torch.device("meta"):
            network = zoo.make(name)
        counts = {key: parameter.numel() for key, parameter in network.named_parameters()}
        total = sum(counts.values())
        print(f"{name:24}{total:13,} parameters")
        if total != PARAMETERS.get(name, total):
            wrong.append(f"{name}: {PARAMETERS[name]:,} parameters were published")
        main = sum(count for key, count in counts.items() if not key.startswith("aux"))
        if main != WITHOUT_HEADS.get(name, main):
            wrong.append(f"{name}: {main:,} parameters without heads, not {WITHOUT_HEADS[name]:,}")
    return wrong


@functools.cache
def torchvision_models():
    """torchvision.models, which cannot be imported without its compiled operators; networks do not
    need them."""
    operators = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        operators.define(f"{name}(Tensor boxes, Tensor scores, float threshold) -> Tensor")
    from torchvision import models

    return models, operators


def reference_network(name):
    """torchvision's network, with random weights and the statistics of random images."""
    models, _ = torchvision_models()
    options = {"init_weights": True} if name == "googlenet-torchvision" else {}
    network = getattr(models, TORCHVISION[name])(weights=None, **options).double()
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    without_dropout(network)
    with torch.no_grad():
        for norm in norms:
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.normal_(std=0.1)
            norm.momentum = None  # the mean of all batches: the only one's statistics
        if norms:
            network(torch.randn(4, 3, 96, 96).double())
        for norm in norms:
            norm.momentum = 0.1
    if name in ("resnet-50", "resnet-101", "resnet-152"):
        move_strides(network)
    return network


def move_strides(network):
    """Makes of torchvision's bottlenecks the paper's, which stride in the first convolution."""
    for module in network.modules():
        if hasattr(module, "conv3"):
            module.conv1.stride, module.conv2.stride = module.conv2.stride, module.conv1.stride


def without_dropout(network):
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0


def twin(name, image_size, state):
    network = zoo.make(name, (3, image_size, image_size), adaptive=name in zoo.ADAPTIVE).double()
    network.load_state_dict(state, strict=True)
    without_dropout(network)
    return network


def difference(value, reference, floor=0.0):
    """The largest difference, relative to the largest element of `reference` or to `floor`."""
    largest = max(reference.abs().max().item(), floor)
    return (value - reference).abs().max().item() / largest if largest else math.inf


def training_pass(network, images, labels):
    outputs = network.train()(images)
    if isinstance(outputs, tuple):
        # torchvision's come as (logits, aux2, aux1)
        if hasattr(outputs, "aux_logits1"):
            outputs = (outputs.logits, outputs.aux_logits1, outputs.aux_logits2)
        outputs = torch.stack(outputs)
    else:
        outputs = outputs[None]
    sum(functional.cross_entropy(logits, labels) for logits in outputs).backward()
    return outputs.detach(), {key: value.grad for key, value in network.named_parameters()}


def differences(name, reference):
    """Of logits in inference, and of logits and gradients in training."""
    state = copy.deepcopy(reference.state_dict())
    image = torch.randn(1, 3, 224, 224).double()
    with torch.no_grad():
        inference = difference(
            twin(name, 224, state).eval()(image),
            reference.eval()(image),
        )
    images, labels = torch.randn(2, 3, 96, 96).double(), torch.tensor([3, 996])
    logits, gradients = training_pass(twin(name, 96, state), images, labels)
    expected, expected_gradients = training_pass(reference, images, labels)
    # What batch norm makes zero, as the bias before it, is noise.
    floor = 1e-6 * max(gradient.abs().max().item() for gradient in expected_gradients.values())
    largest = max(
        difference(gradients[key], gradient, floor) for key, gradient in expected_gradients.items()
    )
    return inference, difference(logits, expected), largest


def check_torchvision(names):
    wrong = []
    for name in names:
        torch.manual_seed(0)
        found = differences(name, reference_network(name))
        print(
            f"{name:24}against torchvision's {TORCHVISION[name]:10} logits {found[0]:.1e}, "
            f"in training {found[1]:.1e}, gradients {found[2]:.1e}",
            flush=True,
        )
        if not max(found) <= LARGEST_DIFFERENCE:
            wrong.append(f"{name} is not torchvision's {TORCHVISION[name]}")
    return wrong


def check_response_norm():
    """The layer against its formula, with as many channels in a group as a window reaches over or
    fewer."""
    wrong = []
    for channels, groups in ((12, 1), (12, 2), (6, 2)):
        x = torch.randn(2, channels, 2, 3).double() * 10
        expected = torch.empty_like(x)
        tower = channels // groups
        for channel in range(channels):
            first = channel // tower * tower
            window = range(max(channel - 2, first), min(channel + 3, first + tower))
            squares = sum(x[:, other].square() for other in window)
            expected[:, channel] = x[:, channel] / (2 + 0.01 * squares) ** 0.75
        found = difference(LocalResponseNorm(k=2, alpha=0.01, groups=groups)(x), expected)
        print(f"response normalisation, {channels} channels, {groups} groups: {found:.1e}")
        if not found <= LARGEST_DIFFERENCE:
            wrong.append(f"response normalisation in {groups} groups is not its formula")
    return wrong


def check_that_it_can_fail():
    """The paper's ResNet-50 has the parameters of torchvision's, and other strides."""
    torch.manual_seed(0)
    found = differences("resnet-50", reference_network("resnet-50-torchvision"))
    print(f"other strides: logits {found[0]:.1e}, in training {found[1]:.1e}, {found[2]:.1e}")
    return [] if min(found) > 1e-3 else ["other strides were not noticed"]


def main():
    names = sys.argv[1:] or list(zoo.NETWORKS)
    wrong = check_counts(names)
    wrong += check_torchvision([name for name in names if name in TORCHVISION])
    wrong += check_response_norm()
    wrong += check_that_it_can_fail()
    if wrong:
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main()

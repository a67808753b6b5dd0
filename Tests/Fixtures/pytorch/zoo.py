"""The networks of Tandem's zoo written for PyTorch, from the papers, to compare Tandem with.

Keys of the state_dict are Tandem's names of the parameters: torchvision's where torchvision has the
network. There is a file for each family; its NETWORKS has for every name a function of image shape
[C, H, W], classes and width, the paper's image shape and its number of classes.
"""

import pathlib
import sys
from collections import OrderedDict

from torch import nn

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parents[2] / "Benchmarks")]
import pytorch_networks  # noqa: E402
import zoo_alexnet  # noqa: E402
import zoo_cats_dogs  # noqa: E402
import zoo_googlenet  # noqa: E402
import zoo_inception  # noqa: E402
import zoo_lectures  # noqa: E402
import zoo_lenet  # noqa: E402
import zoo_resnet  # noqa: E402
import zoo_resnet9  # noqa: E402
import zoo_vgg  # noqa: E402
from zoo_layers import with_inputs  # noqa: E402


def chain(name):
    """A network of Benchmarks/pytorch_networks.py with Tandem's names, conv1 conv2 … dense1 …"""

    def make(image_shape, classes, width):
        if width != 1:
            raise SystemExit(f"{name} has no other width than 1")
        layers = [*pytorch_networks.layers(name, image_shape[0])][:-1]
        counts = {"conv": 0, "dense": 0}
        named = OrderedDict()
        for index, layer in enumerate([*layers, nn.LazyLinear(classes)]):
            kind = {nn.Conv2d: "conv", nn.LazyLinear: "dense"}.get(type(layer))
            if kind:
                counts[kind] += 1
                named[f"{kind}{counts[kind]}"] = layer
            else:
                named[f"layer{index}"] = layer
        return with_inputs(nn.Sequential(named), image_shape)

    return make, pytorch_networks.INPUT_SHAPES[name], pytorch_networks.CLASSES


def head(image_shape, classes, width):
    if width != 1:
        raise SystemExit("head-256 has no other width than 1")
    named = OrderedDict(
        layer0=nn.Flatten(),
        dense1=nn.LazyLinear(256),
        relu=nn.ReLU(),
        dropout=nn.Dropout(0.5),
        dense2=nn.Linear(256, classes),
    )
    return with_inputs(nn.Sequential(named), image_shape)


NETWORKS = {
    "head-256": (head, (512, 4, 4), 2),
    **{name: chain(name) for name in pytorch_networks.INPUT_SHAPES},
    **zoo_lectures.NETWORKS,
    **zoo_cats_dogs.NETWORKS,
    **zoo_lenet.NETWORKS,
    **zoo_alexnet.NETWORKS,
    **zoo_vgg.NETWORKS,
    **zoo_googlenet.NETWORKS,
    **zoo_inception.NETWORKS,
    **zoo_resnet.NETWORKS,
    **zoo_resnet9.NETWORKS,
}
# torchvision's forms of these average any image to 7×7 (AlexNet: 6×6) pixels before the dense
# layers; at the papers' image size there is nothing to average.
ADAPTIVE = {"alexnet-torchvision", *zoo_vgg.NETWORKS}


def make(name, input=None, classes=None, width=1, adaptive=False):
    """The named network, in training mode, with PyTorch's default initialisation.

    `input` is the shape [C, H, W] of an image, `width` a factor for the numbers of channels and of
    hidden units. In training googlenet and googlenet-torchvision return the logits of the network
    and of both auxiliary heads."""
    if name not in NETWORKS:
        raise SystemExit(f"no PyTorch form of the network {name}; there is {', '.join(NETWORKS)}")
    build, paper_input, paper_classes = NETWORKS[name]
    options = {"adaptive": True} if adaptive else {}
    return build(tuple(input or paper_input), classes or paper_classes, width, **options)

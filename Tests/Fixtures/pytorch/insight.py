"""Computes in PyTorch, in double precision, inner values of networks and their gradients: what
Tandem's maps of evidence are made of.

    insight.py FOLDER [--samples K]

reads each FOLDER/NAME.case.safetensors that Tandem wrote (parity.py says what is in it), and writes
FOLDER/NAME.insight.safetensors. It needs torch==2.13.0+cpu and nothing else. Values of inner layers
are taken by hooks, in evaluation mode, for the first image and the logit of class 3.

A result holds, in float32
    logits              [classes]
    output.LAYER        of each of some layers
    gradient.LAYER      of the logit with respect to that
    cam.LAYER           [H, W], Grad-CAM: ReLU(Σ α_c A_c) with α_c the mean of the gradient
    image.gradient      of the logit with respect to the image, [C, H, W]
    image.guided        the same where ReLUs let only positive gradients through
With --samples K those but the maps with more than K elements are the K elements at i·count/K of the
flattened tensor.

A case may have tensors decision.000 decision.001 …, what Tandem's ReLUs and max poolings read, in
the order of the forward pass. Then gradients go back where these say (corners.py), and there are
    decisions.WHAT      [1], of what corners.disagreement tells
    own.NAME            those of the above that depend on gradients, where PyTorch itself decides

--float32 prints how far from its double precision PyTorch is in float32, and how far if float32's
decisions are imposed on both.
"""

import argparse
import contextlib
import copy
import pathlib

import torch

import parity
import tensor_files
from corners import Corners, disagreement

LAYERS = {
    "alexnet-torchvision": ["features.5", "features.12"],
    "vgg-d": ["features.14", "features.17", "features.29"],
    "vgg-16-bn": ["features.17", "features.42"],
    "googlenet": ["inception3b", "inception5b"],
    "googlenet-torchvision": ["conv3", "inception3b", "inception5b"],
    "resnet-18": ["layer2.0.bn2", "layer4"],
    "resnet-50": ["conv1", "layer2.1.bn2", "layer4"],
    "cifar-resnet-20": ["layer1.1.bn2", "layer3"],
}
LABEL = 3


def image_gradient(network, image):
    image = image.clone().requires_grad_()
    network(image)[0, LABEL].backward()
    return image.grad[0]


def inner_values(network, image, layers):
    """The logits, and of each layer the output and the gradient of the logit."""
    outputs = {}

    def keep(name):
        def hook(module, inputs, output):
            outputs[name] = output
            output.retain_grad()

        return hook

    handles = [network.get_submodule(name).register_forward_hook(keep(name)) for name in layers]
    logits = network(image.clone().requires_grad_())
    logits[0, LABEL].backward()
    for handle in handles:
        handle.remove()
    return logits[0], {name: (output[0], output.grad[0]) for name, output in outputs.items()}


def inner_result(network, image, layers, given, samples):
    """All that a result holds but what `given` does to it, which is None where PyTorch decides."""

    def deciding(guided=False):
        ours = given is None and not guided
        return contextlib.nullcontext() if ours else Corners(given, guided)

    with deciding():
        logits, inner = inner_values(network, image, layers)
    result = {"logits": logits.detach().float()}
    for name, (output, gradient) in inner.items():
        result[f"output.{name}"] = parity.sampled(output, samples)
        result[f"gradient.{name}"] = parity.sampled(gradient, samples)
        weights = gradient.mean(dim=(1, 2), keepdim=True)
        result[f"cam.{name}"] = torch.relu((weights * output).sum(dim=0)).detach().float()
    with deciding():
        result["image.gradient"] = parity.sampled(image_gradient(network, image), samples)
    with deciding(guided=True):
        result["image.guided"] = parity.sampled(image_gradient(network, image), samples)
    return result


def corners_seen(network, image):
    with torch.no_grad(), Corners() as corners:
        network(image)
    return corners.seen


def decisions(tensors):
    names = sorted(name for name in tensors if name.startswith("decision."))
    return [tensors[name] for name in names] or None


def prepared(path, tensors, metadata):
    """The network in double precision, the image [1, C, H, W], and the layers."""
    network = parity.make_network(path, tensors, metadata).double().eval()
    return network, tensors["images"][:1].double(), LAYERS[metadata["model"]]


def compute(path, tensors, metadata, samples):
    network, image, layers = prepared(path, tensors, metadata)
    given = decisions(tensors)
    result = inner_result(network, image, layers, given, samples)
    if given is not None:
        found = disagreement(corners_seen(network, image), given)
        for what, value in found.items():
            result[f"decisions.{what}"] = torch.tensor([float(value)])
        own = inner_result(network, image, layers, None, samples)
        result.update((f"own.{name}", own[name]) for name in own if depends_on_gradients(name))
    return result


def depends_on_gradients(name):
    return name.startswith(("gradient.", "cam.", "image."))


def print_float32(path, tensors, metadata):
    """How far PyTorch's own float32 is from its double precision, by the largest difference in a
    tensor relative to its largest element."""
    network, image, layers = prepared(path, tensors, metadata)
    single = copy.deepcopy(network).float()
    given = [x[0] for x, _ in corners_seen(single, image.float())]
    found = disagreement(corners_seen(network, image), given)
    print(
        f"  PyTorch in float32: {found['other']} of {found['units']} decisions are others, at most "
        f"{found['farthest']:.1e} from a corner; what they are made of is at most "
        f"{found['difference']:.1e} off"
    )
    result = inner_result(single, image.float(), layers, None, None)
    own = inner_result(network, image, layers, None, None)
    imposed = inner_result(network, image, layers, given, None)
    for name in filter(depends_on_gradients, result):
        print(f"  {name}: {distance(result[name], own[name]):.1e}", end="")
        print(f", with the same decisions {distance(result[name], imposed[name]):.1e}")


def distance(found, wanted):
    difference = (found - wanted).abs().max().item()
    return difference / wanted.abs().max().item() if difference else 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--samples", type=int, metavar="K", help="elements of a large tensor")
    parser.add_argument("--float32", action="store_true", help="print PyTorch's own error")
    arguments = parser.parse_args()
    torch.set_num_threads(2)  # the order of sums, and so the last bits, depends on it
    paths = sorted(arguments.folder.glob("*.case.safetensors"))
    if not paths:
        raise SystemExit(f"there is no *.case.safetensors in {arguments.folder}")
    for path in paths:
        case = tensor_files.read(path)
        result = compute(path, *case, arguments.samples)
        name = path.name.replace(".case.", ".insight.")
        tensor_files.write(path.with_name(name), result, {"torch": torch.__version__})
        print(f"{path.name}: {', '.join(result)}", flush=True)
        if arguments.float32:
            print_float32(path, *case)


if __name__ == "__main__":
    main()

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
"""

import argparse
import pathlib

import torch
from torch.nn import functional

import parity
import tensor_files

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


class GuidedReLU(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(context, gradient):
        (x,) = context.saved_tensors
        return gradient.clamp(min=0) * (x > 0)


def image_gradient(network, image):
    image = image.clone().requires_grad_()
    network(image)[0, LABEL].backward()
    return image.grad[0]


def guided_gradient(network, image):
    before = torch.relu, functional.relu
    torch.relu = GuidedReLU.apply
    functional.relu = lambda x, inplace=False: GuidedReLU.apply(x)
    try:
        return image_gradient(network, image)
    finally:
        torch.relu, functional.relu = before


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


def compute(path, tensors, metadata, samples):
    network = parity.make_network(path, tensors, metadata).double().eval()
    image = tensors["images"][:1].double()
    layers = LAYERS[metadata["model"]]
    logits, inner = inner_values(network, image, layers)
    result = {"logits": logits.detach().float()}
    for name, (output, gradient) in inner.items():
        result[f"output.{name}"] = parity.sampled(output, samples)
        result[f"gradient.{name}"] = parity.sampled(gradient, samples)
        weights = gradient.mean(dim=(1, 2), keepdim=True)
        result[f"cam.{name}"] = torch.relu((weights * output).sum(dim=0)).detach().float()
    result["image.gradient"] = parity.sampled(image_gradient(network, image), samples)
    result["image.guided"] = parity.sampled(guided_gradient(network, image), samples)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--samples", type=int, metavar="K", help="elements of a large tensor")
    arguments = parser.parse_args()
    torch.set_num_threads(2)  # the order of sums, and so the last bits, depends on it
    paths = sorted(arguments.folder.glob("*.case.safetensors"))
    if not paths:
        raise SystemExit(f"there is no *.case.safetensors in {arguments.folder}")
    for path in paths:
        result = compute(path, *tensor_files.read(path), arguments.samples)
        name = path.name.replace(".case.", ".insight.")
        tensor_files.write(path.with_name(name), result, {"torch": torch.__version__})
        print(f"{path.name}: {', '.join(result)}", flush=True)


if __name__ == "__main__":
    main()

"""Computes in PyTorch, in double precision, what Tandem says it computes: the second of three
steps.

    parity.py FOLDER [--samples K] [--only NAME] [--float32 | --changes]

reads each FOLDER/NAME.case.safetensors that Tandem wrote, and writes FOLDER/NAME.result.safetensors
for Tandem to compare with. It needs torch==2.13.0+cpu and nothing else.

A case holds float32 tensors
    parameters.KEY      all of the state_dict of the network's form in zoo.py
    images              [N, C, H, W]
    labels              [N]
    targets             [10, 84], the bitmaps of a network with radial basis functions
and as metadata model, width, classes, input ("3,64,64"), loss, learningRate, momentum, weightDecay
and steps. The losses are means over the images:
    cross-entropy
    binary-cross-entropy   of the logits with one-hot labels, the mean also over the classes;
                           with one class the labels themselves, 0 or 1
    mse                    (logit − one-hot)², the mean also over the classes
    radial-basis           LeCun 1998, equation 9, of logits z that are the paper's outputs negated:
                           −z_label + log(exp(−j) + Σ exp(z_i)), j in the metadata as `rubbish`
Auxiliary heads count 0.3 of their own loss each.

A result holds, in float32 and with dropout left out,
    logits.inference    with the running statistics
    logits.training     with the statistics of the batch
    loss                [1], in training
    gradients.KEY       of the loss
    after.KEY           all of the state_dict after `steps` steps of torch.optim.SGD on the batch
With --samples K those of gradients and after with more than K elements are the K elements at
i·count/K of the flattened tensor.

--changes writes these instead, for a comparison beyond what float32 weights can hold:
    change.KEY          of all parameters: after the steps less before
    float32.change      [1], the error of PyTorch's own float32: the root of the mean square of its
                        changes less these, relative to that of these, where an element of a
                        tensor that is sampled counts for all that it stands for
    float32.change.KEY  [1], the same of one parameter, not relative to anything

--float32 prints how far from these PyTorch itself is in float32: for logits, gradients and after
the largest difference in a tensor relative to its largest element, or to a thousandth of the
largest of all if it has none as large (the gradient of a bias before batch norm is zero but for
rounding). Where it is large no other library can do better, and the case should change. Deep
networks with batch norm and ReLU amplify rounding until single maxima and signs differ; with batch
norm's weights in 0.3–0.6 and biases in 0.5–1, few are near zero, and ten steps of rate 0.001 stay
together.
"""

import argparse
import pathlib

import torch
from torch import nn
from torch.nn import functional

import tensor_files
import zoo

HEAD_WEIGHT = 0.3
COUNTER = "num_batches_tracked"


def one_hot(labels, logits):
    if logits.shape[1] == 1:
        return labels[:, None].to(logits.dtype)
    return functional.one_hot(labels, logits.shape[1]).to(logits.dtype)


def radial_basis(logits, labels, rubbish):
    right = logits.gather(1, labels[:, None])[:, 0]
    penalty = torch.full_like(right, -rubbish)[:, None]
    return (-right + torch.logsumexp(torch.cat([penalty, logits], dim=1), dim=1)).mean()


def loss_function(metadata):
    """The function of logits [N, K] and labels [N] that the metadata names."""
    name = metadata["loss"]
    if name == "cross-entropy":
        return functional.cross_entropy
    if name == "binary-cross-entropy":
        return lambda logits, labels: functional.binary_cross_entropy_with_logits(
            logits, one_hot(labels, logits)
        )
    if name == "mse":
        return lambda logits, labels: functional.mse_loss(logits, one_hot(labels, logits))
    if name == "radial-basis":
        rubbish = float(metadata["rubbish"])
        return lambda logits, labels: radial_basis(logits, labels, rubbish)
    raise SystemExit(f"there is no loss {name}")


def keys(network):
    return [key for key in network.state_dict() if not key.endswith(COUNTER)]


def make_network(path, tensors, metadata):
    """The network of a case with its parameters and without dropout."""
    name = metadata["model"]
    shape = tuple(int(size) for size in metadata["input"].split(","))
    options = (name, shape, int(metadata["classes"]), float(metadata["width"]))
    given = {
        key.removeprefix("parameters."): tensor
        for key, tensor in tensors.items()
        if key.startswith("parameters.") and not key.endswith(COUNTER)
    }
    network = zoo.make(*options)
    if name in zoo.ADAPTIVE and mismatches(network, given):
        network = zoo.make(*options, adaptive=True)
        print(f"{path.name}: dense layers made for torchvision's adaptive pooling")
    wrong = mismatches(network, given)
    if wrong:
        raise SystemExit(f"{path}: not the parameters of PyTorch's {name}: {'; '.join(wrong)}")
    network.load_state_dict(given, strict=False)  # only batch norm's counter is not there
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    if metadata["loss"] == "radial-basis":
        network.output.targets.copy_(tensors["targets"])
    return network


def mismatches(network, given):
    """What keeps the tensors from being exactly the network's, each by name."""
    state = network.state_dict()
    wanted = {key: list(state[key].shape) for key in keys(network)}
    wrong = [f"{key} is missing" for key in wanted if key not in given]
    wrong += [f"{key} is not known" for key in given if key not in wanted]
    for key, shape in wanted.items():
        if key in given and list(given[key].shape) != shape:
            wrong.append(f"{key} is {list(given[key].shape)}, not {shape}")
    return wrong


def training_pass(network, images, labels, loss):
    """The logits and the loss of a forward pass in training; gradients are left in the
    parameters."""
    network.zero_grad()
    outputs = network.train()(images)
    logits, *heads = outputs if isinstance(outputs, tuple) else (outputs,)
    total = loss(logits, labels)
    for head in heads:
        total = total + HEAD_WEIGHT * loss(head, labels)
    total.backward()
    return logits.detach(), total.detach()


def sampled(tensor, count):
    """A copy in float32 of the tensor, or of `count` of its elements if it has more."""
    if count is None or tensor.numel() <= count:
        return tensor.detach().float().clone()
    index = torch.arange(count) * tensor.numel() // count
    return tensor.detach().flatten()[index].float()


def compute(path, tensors, metadata, precision, samples):
    """The tensors of the result."""
    network = make_network(path, tensors, metadata).to(precision)
    loss = loss_function(metadata)
    images, labels = tensors["images"].to(precision), tensors["labels"].long()
    start = {key: value.clone() for key, value in network.state_dict().items()}

    with torch.no_grad():
        result = {"logits.inference": network.eval()(images)}
    logits, value = training_pass(network, images, labels, loss)
    result |= {"logits.training": logits, "loss": value.reshape(1)}
    for key, parameter in network.named_parameters():
        result[f"gradients.{key}"] = sampled(parameter.grad, samples)

    network.load_state_dict(start)  # that pass has changed the running statistics
    optimizer = torch.optim.SGD(
        network.parameters(),
        lr=float(metadata["learningRate"]),
        momentum=float(metadata["momentum"]),
        weight_decay=float(metadata["weightDecay"]),
    )
    for _ in range(int(metadata["steps"])):
        training_pass(network, images, labels, loss)
        optimizer.step()
    state = network.state_dict()
    for key in keys(network):
        result[f"after.{key}"] = sampled(state[key], samples)
    for key, parameter in network.named_parameters():
        result[f"change.{key}"] = sampled(parameter.double() - start[key].double(), samples)
    return result


def errors_of_changes(tensors, exact, other):
    """See `float32.change` above: all of them by name."""
    errors, error, size = {}, 0.0, 0.0
    for key, change in exact.items():
        count = tensors[key.replace("change.", "parameters.", 1)].numel()
        square = (other[key].double() - change.double()).square().mean().item()
        errors[f"float32.{key}"] = torch.tensor([square**0.5])
        error += count * square
        size += count * change.double().square().mean().item()
    return {"float32.change": torch.tensor([(error / size) ** 0.5]), **errors}


def is_change(key):
    return key.startswith("change.")


def distance(result, other, kind):
    """The largest of the relative differences of the tensors whose names begin with `kind`."""
    sizes = {key: value.abs().max().item() for key, value in result.items() if key.startswith(kind)}
    floor = 1e-3 * max(sizes.values())
    return max(
        (other[key] - result[key]).abs().max().item() / max(size, floor)
        for key, size in sizes.items()
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--samples", type=int, metavar="K", help="elements of a large tensor")
    parser.add_argument("--only", metavar="NAME", help="only NAME.case.safetensors")
    parser.add_argument("--float32", action="store_true", help="print PyTorch's own differences")
    parser.add_argument("--changes", action="store_true", help="write the changes of parameters")
    arguments = parser.parse_args()
    torch.set_num_threads(2)  # the order of sums, and so the last bits, depends on it
    pattern = f"{arguments.only or '*'}.case.safetensors"
    paths = sorted(arguments.folder.glob(pattern))
    if not paths:
        raise SystemExit(f"there is no {pattern} in {arguments.folder}")
    for path in paths:
        case = tensor_files.read(path)
        computed = compute(path, *case, torch.float64, arguments.samples)
        result = {
            key: value for key, value in computed.items() if is_change(key) == arguments.changes
        }
        if arguments.changes:
            other = compute(path, *case, torch.float32, arguments.samples)
            errors = errors_of_changes(case[0], result, other)
            result |= errors
            error = errors["float32.change"].item()
            print(f"{path.name}: PyTorch's float32 changes are {error:.1e} off", flush=True)
        name = path.name.replace(".case.", ".result.")
        tensor_files.write(path.with_name(name), result, {"torch": torch.__version__})
        print(f"{path.name}: loss {computed['loss'].item():.6g}", flush=True)
        if arguments.float32:
            other = compute(path, *case, torch.float32, arguments.samples)
            kinds = ("logits.inference", "logits.training", "gradients.", "after.")
            found = (f"{kind.rstrip('.')} {distance(result, other, kind):.0e}" for kind in kinds)
            print(f"  PyTorch in float32: {', '.join(found)}", flush=True)


if __name__ == "__main__":
    main()

"""Times full training steps of PyTorch on synthetic data and prints one JSON object.

A step is zero_grad, forward, cross-entropy, backward and the optimizer's step, in float32 or with
autocast to bfloat16. The images are in memory already. Run by compare, which also tunes malloc.
"""

import argparse
import json
import pathlib
import statistics
import sys
import time

import torch
from torch.nn import functional

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Tests/Fixtures/pytorch"))
import zoo  # noqa: E402

OPTIMIZERS = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adadelta": torch.optim.Adadelta,
}
WARM_UP_STEPS = 20

# `tandem bench` has the same: random labels cannot be learned, and gradients of a network that
# learned its one mini-batch by heart would be denormal numbers, which some processors are slow
# with.
LEARNING_RATE = 1e-5


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, choices=zoo.NETWORKS)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--warm-up", type=int, default=WARM_UP_STEPS)
    parser.add_argument("--opt", choices=OPTIMIZERS, default="sgd")
    parser.add_argument("--fused", action="store_true", help="the optimizer's fused kernel")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--compile", action="store_true", help="torch.compile the network")
    return parser.parse_args()


def loss(outputs, labels):
    """Auxiliary heads count as in Tandem."""
    if not isinstance(outputs, tuple):
        return functional.cross_entropy(outputs, labels)
    logits, *heads = outputs
    total = functional.cross_entropy(logits, labels)
    for head in heads:
        total = total + 0.3 * functional.cross_entropy(head, labels)
    return total


def main():
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    _, shape, classes = zoo.NETWORKS[arguments.model]
    network = zoo.make(arguments.model)
    images = torch.rand(arguments.batch_size, *shape)
    labels = torch.randint(classes, (arguments.batch_size,))
    if arguments.channels_last:
        network = network.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    fused = {"fused": True} if arguments.fused else {}
    optimizer = OPTIMIZERS[arguments.opt](network.parameters(), lr=LEARNING_RATE, **fused)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    if arguments.compile:
        network = torch.compile(network)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "bf16"):
            error = loss(network(images), labels)
        error.backward()
        optimizer.step()

    for _ in range(arguments.warm_up):
        step()
    seconds = []
    for _ in range(arguments.steps):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    print(
        json.dumps(
            {
                "imagesPerSecond": arguments.batch_size / statistics.median(seconds),
                "model": arguments.model,
                "batchSize": arguments.batch_size,
                "precision": arguments.precision,
                "workers": arguments.threads,
                "steps": arguments.steps,
                "parameters": parameters,
                "version": torch.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()

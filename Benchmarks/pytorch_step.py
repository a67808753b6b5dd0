"""Times full training steps of PyTorch on synthetic data and prints one JSON object.

A step is zero_grad, forward, cross-entropy, backward and the optimizer's step, eager, float32. The
images are in memory already. Run by compare-with-pytorch, which also tunes malloc.
"""

import argparse
import json
import statistics
import time

import torch

import pytorch_networks

OPTIMIZERS = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adadelta": torch.optim.Adadelta,
}
WARM_UP_STEPS = 20

# `tandem bench` has the same: random labels cannot be learned, and gradients of a network that learned
# its one mini-batch by heart would be denormal numbers, which some processors are slow with.
LEARNING_RATE = 1e-5


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, choices=pytorch_networks.INPUT_SHAPES)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--opt", choices=OPTIMIZERS, default="sgd")
    parser.add_argument("--fused", action="store_true", help="the optimizer's fused kernel")
    parser.add_argument("--channels-last", action="store_true")
    return parser.parse_args()


def main():
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    network = pytorch_networks.make(arguments.model)
    shape = pytorch_networks.INPUT_SHAPES[arguments.model]
    images = torch.rand(arguments.batch_size, *shape)
    labels = torch.randint(pytorch_networks.CLASSES, (arguments.batch_size,))
    if arguments.channels_last:
        network = network.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    fused = {"fused": True} if arguments.fused else {}
    optimizer = OPTIMIZERS[arguments.opt](network.parameters(), lr=LEARNING_RATE, **fused)
    cross_entropy = torch.nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad(set_to_none=True)
        cross_entropy(network(images), labels).backward()
        optimizer.step()

    for _ in range(WARM_UP_STEPS):
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
                "workers": arguments.threads,
                "steps": arguments.steps,
                "version": torch.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()

"""Test accuracy on Fashion-MNIST after the same training in Tandem and in PyTorch: Adam, learning
rate 1e-3, batches of 100, pixels scaled to mean 0 and standard deviation 1."""

import argparse
import gzip
import math
import pathlib
import statistics
import sys

import numpy
import torch
from torch.nn import functional

import measuring
import pytorch_networks

BATCH_SIZE = 100
LEARNING_RATE = 1e-3


def parse():
    parser = argparse.ArgumentParser(prog="accuracy-with-pytorch", description=__doc__)
    parser.add_argument("data", help="the folder with Fashion-MNIST's four .gz files")
    parser.add_argument(
        "--model", default="simple-convnet", choices=["simple-convnet", "mlp", "lenet"]
    )
    parser.add_argument("--seeds", type=int, default=8, help="seeds 0, 1, … (default: 8)")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--save", action="store_true", help="write a file to Benchmarks/results")
    arguments = parser.parse_args()
    if arguments.seeds < 2 or arguments.epochs < 1:
        measuring.fail("--seeds must be at least 2 and --epochs at least 1")
    return arguments


def read(folder, part):
    """Images [N, 1, 28, 28] in 0…1 and labels [N] of `train` or `t10k`."""
    folder = pathlib.Path(folder)
    try:
        images = gzip.decompress((folder / f"{part}-images-idx3-ubyte.gz").read_bytes())
        labels = gzip.decompress((folder / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    except OSError as error:
        measuring.fail(error)
    pixels = numpy.frombuffer(images, numpy.uint8, offset=16).reshape(-1, 1, 28, 28)
    classes = numpy.frombuffer(labels, numpy.uint8, offset=8)
    return torch.tensor(pixels) / 255, torch.tensor(classes).long()


def train_pytorch(model, seed, epochs, train, test):
    torch.manual_seed(seed)
    network = pytorch_networks.make(model)
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    images, labels = train
    for _ in range(epochs):
        for rows in torch.randperm(len(images)).split(BATCH_SIZE):
            optimizer.zero_grad()
            functional.cross_entropy(network(images[rows]), labels[rows]).backward()
            optimizer.step()
    with torch.no_grad():
        return (network(test[0]).argmax(1) == test[1]).float().mean().item()


def train_tandem(tandem, model, seed, epochs, folder):
    command = [tandem, "train", "--model", model, "--data", folder, "--opt", "adam"]
    command += ["--lr", LEARNING_RATE, "--batch-size", BATCH_SIZE, "--epochs", epochs]
    return measuring.measure(command + ["--seed", seed, "--no-output", "--json"])["top1"]


def main():
    arguments = parse()
    torch.set_num_threads(2)
    train, test = read(arguments.data, "train"), read(arguments.data, "t10k")
    mean, deviation = train[0].mean(), train[0].std()
    train, test = [((images - mean) / deviation, labels) for images, labels in (train, test)]
    tandem = measuring.build_tandem()
    rows = []
    for seed in range(arguments.seeds):
        print(f"seed {seed + 1} of {arguments.seeds}", file=sys.stderr)
        rows.append(
            (
                train_tandem(tandem, arguments.model, seed, arguments.epochs, arguments.data),
                train_pytorch(arguments.model, seed, arguments.epochs, train, test),
            )
        )
    columns = list(zip(*rows))
    texts = [[seed, *(f"{value:.2%}" for value in row)] for seed, row in enumerate(rows)]
    texts.append(["mean", *(f"{statistics.mean(values):.2%}" for values in columns)])
    errors = [statistics.stdev(values) / math.sqrt(len(values)) for values in columns]
    texts.append(["standard error of the mean", *(f"{error:.2%}" for error in errors)])
    lines = [
        f"{arguments.model}, {arguments.epochs} epochs, Adam {LEARNING_RATE}, batch {BATCH_SIZE}: "
        "top-1 on the 10,000 test images. Seeds mean different numbers in either.",
        "",
        *measuring.table(["seed", "Tandem", "PyTorch"], texts),
        "",
        *measuring.machine(),
        f"- PyTorch {torch.__version__}",
    ]
    name = f"accuracy-{arguments.model}"
    measuring.report(name, "Accuracy on Fashion-MNIST", lines, arguments.save)


if __name__ == "__main__":
    main()

"""Tandem against PyTorch: images per second of full training steps, measured in turns.

Started by compare-with-pytorch, inside the virtual environment that it makes. Each round measures
every candidate once, so that a slow minute of the machine touches all of them. PyTorch runs in each
of its settings that could be best; the ratio is to the best one.
"""

import argparse
import dataclasses
import sys

import torch

import measuring


@dataclasses.dataclass
class Task:
    model: str
    batch_size: int
    optimizer: str
    steps: int

    def __str__(self):
        return f"{self.model} ({self.batch_size}, {self.optimizer})"


TASKS = [
    Task("simple-convnet", 100, "adam", 200),
    Task("lenet", 128, "sgd", 300),
    Task("mlp", 100, "adam", 600),
    Task("mnist-cnn", 64, "adadelta", 60),
    Task("cifar-quick", 4, "adadelta", 600),
    Task("cifar-quick", 100, "adadelta", 100),
]

# Without these PyTorch gives its large buffers back to the system and faults them in again at every
# step, and loses up to half of its speed.
MALLOC = {"MALLOC_MMAP_THRESHOLD_": str(1 << 32), "MALLOC_TRIM_THRESHOLD_": str(1 << 32)}

SETTINGS = {"default": [], "channels last": ["--channels-last"], "fused optimizer": ["--fused"]}
FUSED_OPTIMIZERS = ("sgd", "adam")  # the ones whose fused kernel exists on CPUs


def parse():
    parser = argparse.ArgumentParser(prog="compare-with-pytorch", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2, help="of Tandem, and PyTorch's threads")
    parser.add_argument("--only", help="measure only the networks whose name contains this")
    parser.add_argument("--pytorch-alone", action="store_true", help="leave Tandem out")
    parser.add_argument("--save", action="store_true", help="write a file to Benchmarks/results")
    arguments = parser.parse_args()
    if arguments.rounds < 1 or arguments.workers < 1:
        measuring.fail("--rounds and --workers must be at least 1")
    return arguments


def pytorch(task, threads, setting):
    command = [sys.executable, measuring.FOLDER / "pytorch_step.py", "--threads", threads]
    command += ["--model", task.model, "--batch-size", task.batch_size, "--steps", task.steps]
    command += ["--opt", task.optimizer, *SETTINGS[setting]]
    return measuring.measure(command, {"OMP_NUM_THREADS": str(threads), **MALLOC})


def compare(task, arguments, tandem):
    """Measures one task in turns and returns its row of the table."""
    settings = [
        name
        for name in SETTINGS
        if (name != "fused optimizer" or task.optimizer in FUSED_OPTIMIZERS)
        and (name != "channels last" or task.model != "mlp")
    ]
    ours = measuring.Samples()
    theirs = {name: measuring.Samples() for name in settings}
    for turn in range(arguments.rounds):
        print(f"{task}: round {turn + 1} of {arguments.rounds}", file=sys.stderr)
        for name in settings:
            theirs[name].values.append(pytorch(task, arguments.workers, name)["imagesPerSecond"])
        if tandem:
            figures = measuring.bench(
                tandem,
                task.model,
                task.batch_size,
                arguments.workers,
                task.steps,
                task.optimizer,
            )
            ours.values.append(figures["imagesPerSecond"])
    best = max(settings, key=lambda name: theirs[name].median)
    row = [task, theirs[best], best]
    if tandem:
        row += [ours, f"{ours.median / theirs[best].median:.2f}×"]
    return row


def main():
    arguments = parse()
    tasks = [task for task in TASKS if not arguments.only or arguments.only in task.model]
    if not tasks:
        measuring.fail(f"no network's name contains {arguments.only}")
    tandem = None if arguments.pytorch_alone else measuring.build_tandem()
    measuring.warn_if_busy()
    rows = [compare(task, arguments, tandem) for task in tasks]
    header = ["network (batch, optimizer)", "PyTorch, images/s", "its best setting"]
    header += ["Tandem, images/s", "ratio"] if tandem else []
    lines = [
        "Full training steps on synthetic data in memory, float32: median (lowest–highest) over "
        f"{arguments.rounds} rounds in turns, {arguments.workers} threads each.",
        "",
        *measuring.table(header, rows),
        "",
        *measuring.machine(),
        f"- PyTorch {torch.__version__}, eager, Python {sys.version.split()[0]}, "
        + ", ".join(f"{name}={value}" for name, value in MALLOC.items()),
    ]
    measuring.report("compare-with-pytorch", "Tandem and PyTorch", lines, arguments.save)


if __name__ == "__main__":
    main()

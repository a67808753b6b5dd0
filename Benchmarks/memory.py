"""Peak memory of training steps of Tandem and of PyTorch, and the ratio.

Started by memory, inside the virtual environment that it makes. Each candidate is a process of its
own that makes a few steps on synthetic data with plain SGD; its peak is the largest resident set
that the kernel saw (`/usr/bin/time -v` prints the same figure). PyTorch's malloc is left as it
comes: kept from returning memory, as it is for speed, it needs more.
"""

import argparse
import os
import subprocess
import sys

import torch

import measuring

TASKS = [("vgg-d", 16), ("resnet-50", 16), ("googlenet", 32), ("alexnet", 128)]
STEPS = 3


def parse():
    parser = argparse.ArgumentParser(prog="memory", description=__doc__)
    parser.add_argument("--workers", type=int, default=2, help="of Tandem, and PyTorch's threads")
    parser.add_argument("--only", help="measure only the networks whose name contains this")
    parser.add_argument("--save", action="store_true", help="write a file to Benchmarks/results")
    return parser.parse_args()


def peak_bytes(command, environment=None):
    """Runs a program to its end and returns its largest resident set."""
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        measuring.fail(f"{' '.join(map(str, command))} failed:\n{errors.decode().strip()}")
    return usage.ru_maxrss * 1024


def compare(model, batch_size, workers, tandem):
    steps = ["--batch-size", batch_size, "--steps", STEPS, "--warm-up", 1, "--opt", "sgd"]
    theirs = peak_bytes(
        [sys.executable, measuring.FOLDER / "pytorch_step.py", "--model", model]
        + ["--threads", workers, *steps],
        {"OMP_NUM_THREADS": str(workers)},
    )
    ours = peak_bytes([tandem, "bench", "--model", model, "--workers", workers, *steps])
    gib = 1 << 30
    return [
        f"{model} ({batch_size})",
        f"{theirs / gib:.2f}",
        f"{ours / gib:.2f}",
        f"{ours / theirs:.2f}×",
    ]


def main():
    arguments = parse()
    tasks = [task for task in TASKS if not arguments.only or arguments.only in task[0]]
    if not tasks:
        measuring.fail(f"no network's name contains {arguments.only}")
    tandem = measuring.build_tandem()
    rows = [compare(*task, arguments.workers, tandem) for task in tasks]
    lines = [
        f"Peak resident memory of {STEPS + 1} training steps with plain SGD, float32, "
        f"{arguments.workers} threads each.",
        "",
        *measuring.table(
            ["network (batch)", "PyTorch, GiB", "Tandem, GiB", "Tandem / PyTorch"], rows
        ),
        "",
        *measuring.machine(),
        f"- PyTorch {torch.__version__}, Python {sys.version.split()[0]}",
    ]
    measuring.report("memory", "Memory of Tandem and PyTorch", lines, arguments.save)


if __name__ == "__main__":
    main()

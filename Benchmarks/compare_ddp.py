"""Tandem under mpirun against PyTorch's DistributedDataParallel over gloo: images per second of full
training steps of processes with one thread each, measured in turns.

Started by compare-with-ddp, inside the virtual environment that it makes. Each round measures every
candidate once, so that a slow minute of the machine touches all of them. PyTorch runs in each of its
settings that could be best; the ratios are to the best one.
"""

import argparse
import sys

import torch

import compare
import measuring

TASKS = [
    compare.Task("lenet", 128, "sgd", 300),
    compare.Task("simple-convnet", 100, "adam", 200),
]

SETTINGS = {
    "default": [],
    "pinned": ["--pin"],
    "pinned, gradient_as_bucket_view": ["--pin", "--bucket-view"],
    "pinned, gradient_as_bucket_view, static_graph": ["--pin", "--bucket-view", "--static-graph"],
    "pinned, bucket_cap_mb=0.1": ["--pin", "--bucket-mb", "0.1"],
    "pinned, fused optimizer": ["--pin", "--fused"],
    "pinned, gradient_as_bucket_view, static_graph, fused optimizer": [
        *("--pin", "--bucket-view", "--static-graph", "--fused")
    ],
}


def parse():
    parser = argparse.ArgumentParser(prog="compare-with-ddp", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--processes", type=int, default=2, help="of PyTorch, and Tandem's ranks (default: 2)"
    )
    parser.add_argument("--only", help="measure only the networks whose name contains this")
    parser.add_argument("--save", action="store_true", help="write a file to Benchmarks/results")
    arguments = parser.parse_args()
    if arguments.rounds < 1 or arguments.processes < 1:
        measuring.fail("--rounds and --processes must be at least 1")
    return arguments


def ddp(task, processes, setting):
    command = [sys.executable, measuring.FOLDER / "ddp_step.py", "--processes", processes]
    command += ["--model", task.model, "--batch-size", task.batch_size, "--steps", task.steps]
    command += ["--opt", task.optimizer, *SETTINGS[setting]]
    return measuring.measure(command, {"OMP_NUM_THREADS": "1", **compare.MALLOC})


def compare_task(task, arguments, tandem):
    """Measures one task in turns and returns its row of the table."""
    theirs = {name: measuring.Samples() for name in SETTINGS}
    ranks, workers = measuring.Samples(), measuring.Samples()
    processes = arguments.processes
    for turn in range(arguments.rounds):
        print(f"{task}: round {turn + 1} of {arguments.rounds}", file=sys.stderr)
        for name in SETTINGS:
            theirs[name].values.append(ddp(task, processes, name)["imagesPerSecond"])
        for samples, layout in (
            (ranks, {"workers": 1, "ranks": processes}),
            (workers, {"workers": processes}),
        ):
            figures = measuring.bench(
                tandem,
                task.model,
                task.batch_size,
                steps=task.steps,
                optimizer=task.optimizer,
                **layout,
            )
            samples.values.append(figures["imagesPerSecond"])
    best = max(SETTINGS, key=lambda name: theirs[name].median)
    row = [task, theirs[best], best]
    for samples in (ranks, workers):
        row += [samples, f"{samples.median / theirs[best].median:.2f}×"]
    return row


def main():
    arguments = parse()
    tasks = [task for task in TASKS if not arguments.only or arguments.only in task.model]
    if not tasks:
        measuring.fail(f"no network's name contains {arguments.only}")
    tandem = measuring.build_tandem()
    measuring.warn_if_busy()
    rows = [compare_task(task, arguments, tandem) for task in tasks]
    count = arguments.processes
    header = ["network (batch, optimizer)", f"DDP {count}×1, images/s", "its best setting"]
    header += [f"Tandem, {count} ranks × 1 worker", "ratio"]
    header += [f"Tandem, 1 rank × {count} workers", "ratio"]
    lines = [
        "Full training steps on synthetic 8-bit images in memory, float32: median (lowest–highest) "
        f"over {arguments.rounds} rounds in turns. The mini-batch is shared by the processes.",
        "",
        *measuring.table(header, rows),
        "",
        *measuring.machine(),
        f"- {measuring.mpi_version()}",
        f"- PyTorch {torch.__version__}, DistributedDataParallel over gloo, one thread each, eager, "
        f"Python {sys.version.split()[0]}, "
        + ", ".join(f"{name}={value}" for name, value in compare.MALLOC.items()),
        f"- its settings that were tried: {'; '.join(SETTINGS)}",
    ]
    measuring.report(
        "compare-with-ddp", "Tandem and DistributedDataParallel", lines, arguments.save
    )


if __name__ == "__main__":
    main()

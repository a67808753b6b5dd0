"""Tandem against PyTorch (eager, compiled, DistributedDataParallel) and TensorFlow: images per second
of full training steps, measured in turns.

Started by compare, which makes the virtual environments. Each round measures every candidate once, so
that a slow minute of the machine touches all of them. Every program runs in each of its settings that
could be best; one that is much slower in the first round than another of the same program is left
out afterwards. The ratios are to the best setting of each program.
"""

import argparse
import dataclasses
import json
import subprocess
import sys

import torch

import candidates
import measuring

# A setting this much slower than its program's best one in the first round will not be the best one.
HOPELESS = 0.85


def parse():
    parser = argparse.ArgumentParser(prog="compare", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2, help="of each program (default: 2)")
    parser.add_argument("--only", help="measure only the networks whose names are in this list")
    parser.add_argument(
        "--steps", type=int, help="of each measurement, instead of those of the task; to try it out"
    )
    parser.add_argument(
        "--programs",
        default=",".join(kind for kind in candidates.KINDS if kind != candidates.RANKS),
        help=f"what to compare, of {', '.join(candidates.KINDS)} (default: %(default)s)",
    )
    parser.add_argument("--save", action="store_true", help="write a file to Benchmarks/results")
    parser.add_argument("--tensorflow", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    steps = 1 if arguments.steps is None else arguments.steps
    if min(arguments.rounds, arguments.threads, steps) < 1:
        measuring.fail("--rounds, --threads and --steps must be at least 1")
    arguments.programs = arguments.programs.split(",")
    for name in arguments.programs:
        if name not in candidates.KINDS:
            measuring.fail(f"no program {name}; there is {', '.join(candidates.KINDS)}")
    if candidates.TANDEM not in arguments.programs:
        measuring.fail("--programs needs tandem, which the others are compared with")
    arguments.tasks = candidates.TASKS
    if arguments.only:
        models = [task.model for task in candidates.TASKS]
        for name in arguments.only.split(","):
            if name not in models:
                measuring.fail(f"no network {name}; there is {', '.join(models)}")
        chosen = arguments.only.split(",")
        arguments.tasks = [task for task in candidates.TASKS if task.model in chosen]
    if arguments.steps:
        arguments.tasks = [
            dataclasses.replace(task, steps=arguments.steps, warm_up=1) for task in arguments.tasks
        ]
    return arguments


class Comparison:
    """The rounds of one task."""

    def __init__(self, task, arguments, tandem):
        self.task = task
        self.rounds = arguments.rounds
        self.parameters = parameters(tandem, task.model)
        self.candidates = candidates.all_of(
            task, arguments.programs, arguments.threads, tandem, arguments.tensorflow
        )
        # What Tandem says of its arithmetic and of the machine's, one for each round.
        self.arithmetic = []

    def run(self):
        for turn in range(self.rounds):
            print(f"{self.task}: round {turn + 1} of {self.rounds}", file=sys.stderr)
            self.candidates = [each for each in self.candidates if self.measure(each)]
            if turn == 0:
                self.leave_out_hopeless()

    def measure(self, candidate):
        """Whether the candidate stays: a peer's setting that does not run here is left out."""
        try:
            figures = candidate.measure()
        except SystemExit as failure:
            if candidate.kind not in candidates.PEERS:
                raise
            print(f"benchmark: left out: {failure}", file=sys.stderr)
            return False
        if candidate.kind == candidates.TANDEM:
            self.arithmetic.append(figures["arithmetic"])
        elif figures.get("parameters", self.parameters) != self.parameters:
            measuring.fail(
                f"{candidate.kind} has another network: {figures['parameters']} parameters "
                f"instead of {self.parameters}"
            )
        return True

    def leave_out_hopeless(self):
        best = {kind: self.best(kind).samples.median for kind in self.kinds}
        self.candidates = [
            each for each in self.candidates if each.samples.median > HOPELESS * best[each.kind]
        ]

    @property
    def kinds(self):
        return [kind for kind in candidates.KINDS if any(c.kind == kind for c in self.candidates)]

    def best(self, kind):
        of_kind = [each for each in self.candidates if each.kind == kind]
        return max(of_kind, key=lambda each: each.samples.median)

    def ratio(self, kind):
        """How many times as fast as another program Tandem is."""
        ours = self.best(candidates.TANDEM).samples.median
        return f"{ours / self.best(kind).samples.median:.2f}×"

    def share_of_peak(self, kind):
        """Percentage of the multiply-adds that the machine can do."""
        # Other programs only ever take speed away.
        peak = max(each["peakGigaflopsPerSecond"] for each in self.arithmetic)
        each_image = 2 * self.arithmetic[0]["multiplyAddsPerImage"] / 1e9
        return f"{100 * each_image * self.best(kind).samples.median / peak:.0f} %"

    @property
    def summary(self):
        ours = self.best(candidates.TANDEM).samples
        row = [self.task, ours, self.share_of_peak(candidates.TANDEM)]
        peers = [kind for kind in self.kinds if kind in candidates.PEERS]
        if not peers:
            return [*row, "–", "–", "–"]
        best = max(peers, key=lambda kind: self.best(kind).samples.median)
        return [*row, best, self.best(best).samples, self.ratio(best)]

    @property
    def details(self):
        return [
            [
                self.task,
                kind,
                self.best(kind).setting,
                self.best(kind).samples,
                self.share_of_peak(kind),
                self.ratio(kind),
            ]
            for kind in self.kinds
        ]


def parameters(tandem, model):
    """How many parameters Tandem's network has, to compare the same with the same."""
    summary = subprocess.run(
        [tandem, "summary", model, "--json"], capture_output=True, text=True, check=True
    )
    return json.loads(summary.stdout)["trainableParameters"]


def versions(arguments):
    torch_line = f"- PyTorch {torch.__version__}, Python {sys.version.split()[0]}, " + ", ".join(
        f"{name}={value}" for name, value in candidates.MALLOC.items()
    )
    lines = [torch_line]
    if arguments.tensorflow and candidates.TENSORFLOW in arguments.programs:
        code = "import importlib.metadata as m; print(m.version('tensorflow-cpu'))"
        lines.append(f"- TensorFlow {measuring.first_line([arguments.tensorflow, '-c', code])}")
    if candidates.RANKS in arguments.programs:
        lines.append(f"- {measuring.mpi_version()}")
    return lines


def main():
    arguments = parse()
    tandem = measuring.build_tandem()
    measuring.warn_if_busy()
    comparisons = [Comparison(task, arguments, tandem) for task in arguments.tasks]
    for comparison in comparisons:
        comparison.run()
    lines = [
        "Full training steps on synthetic data in memory, float32: median (lowest–highest) images/s "
        f"over {arguments.rounds} rounds in turns, {arguments.threads} threads each (ddp: processes).",
        "",
        *measuring.table(
            ["network", "Tandem, images/s", "of peak", "best peer", "its images/s", "ratio"],
            [comparison.summary for comparison in comparisons],
        ),
        "",
        "Each program in its best setting. The peak is what the processor does in registers, measured "
        "in Tandem's process; the arithmetic is that of convolutions and dense layers as they are "
        "defined.",
        "",
        *measuring.table(
            ["network", "program", "setting", "images/s", "of peak", "ratio"],
            [row for comparison in comparisons for row in comparison.details],
        ),
        "",
        *measuring.machine(),
        *versions(arguments),
    ]
    measuring.report("compare", "Tandem and its peers", lines, arguments.save)


if __name__ == "__main__":
    main()

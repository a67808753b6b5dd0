"""The section of a report on an experiment: its tables, as lines of markdown."""

import statistics

import measuring
from lecture_experiments import CENTRED, CIFAR, ROUNDS

# Training errors whose first epoch is told.
LEVELS = (0.50, 0.45, 0.40, 0.35, 0.30, 0.25)


def commands(experiment):
    lines = [run.command() for run in experiment.runs]
    if any(run.data == CENTRED for run in experiment.runs):
        lines.insert(0, f"Benchmarks/centred-pixels {CIFAR} .")
    lines += [f"tandem summary {model}" for model in experiment.counted]
    return ["```sh", *lines, "```"]


def counts(outcome):
    rows = [
        [model, f"{summary['trainableParameters']:,}", f"{summary['multiplyAdds']:,}"]
        for model, summary in outcome.summaries.items()
    ]
    return measuring.table(["network", "parameters", "multiply-adds of an image"], rows)


def spread(values):
    """Percentages: the mean, and the lowest and highest if there are several."""
    mean = f"{statistics.mean(values):.1%}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.1%}–{max(values):.1%})"


def circumstances(experiment, outcome):
    """One line: which tool, how many runs, when, and what else the machine did."""
    kept = [one for of_run in outcome.runs.values() for one in of_run]
    ended = sorted(one["ended"] for one in kept)
    load = statistics.mean(one["loadAverages"][0] for one in kept)
    versions = sorted({one["tandem"] for one in kept})
    return (
        f"Runs of Tandem {', '.join(versions)} with {experiment.seed_words}, ended {ended[0]} to "
        f"{ended[-1]}, load average at their ends {load:.1f}:"
    )


def last_epochs(experiment, outcome):
    header = ["network", "parameters", "epochs", "training top-1", "test top-1"]
    header += ["training images/s", "minutes"]
    rows = []
    for run in experiment.runs:
        reports = outcome.reports(run)
        last = [report["epochs"][-1] for report in reports]
        rows.append(
            [
                run.name,
                f"{reports[0]['trainableParameters']:,}",
                len(reports[0]["epochs"]),
                spread([epoch["trainTop1"] for epoch in last]),
                spread([epoch["testTop1"] for epoch in last]),
                f"{statistics.median(report['imagesPerSecond'] for report in reports):,.0f}",
                f"{sum(kept['wallSeconds'] for kept in outcome.runs[run.name]) / 60:.1f}",
            ]
        )
    return measuring.table(header, rows)


def errors_by_epoch(experiment, outcome):
    columns = [outcome.reports(run)[0]["epochs"] for run in experiment.runs]
    rows = [
        [
            epochs[0]["epoch"],
            f"{epochs[0]['learningRate']:.3g}",
            *(f"{1 - epoch['trainTop1']:.1%} / {1 - epoch['testTop1']:.1%}" for epoch in epochs),
        ]
        for epochs in zip(*columns)
    ]
    names = [run.name for run in experiment.runs]
    return [
        "Training error / test error after each epoch, of seed 0:",
        "",
        *measuring.table(["epoch", "rate", *names], rows),
    ]


def first_epoch(report, level):
    """The first epoch whose training error is at most this, or a dash."""
    for epoch in report["epochs"]:
        if 1 - epoch["trainTop1"] <= level:
            return epoch["epoch"]
    return "–"


def epochs_by_error(experiment, outcome):
    rows = [
        [run.name, *(first_epoch(outcome.reports(run)[0], level) for level in LEVELS)]
        for run in experiment.runs
    ]
    header = ["network, learning rate", *(f"{level:.0%}" for level in LEVELS)]
    return [
        "The first epoch with a training error of at most",
        "",
        *measuring.table(header, rows),
    ]


def times(experiment, outcome):
    microseconds = {}
    for model, seconds in outcome.seconds.items():
        microseconds[model] = measuring.Samples([value * 1e6 for value in seconds.values])
    return [
        f"Time for an image of a training step, median (lowest–highest) over {ROUNDS} rounds in "
        "turns of",
        "",
        "```sh",
        *(f"tandem bench --model {model} {experiment.bench_options}" for model in outcome.seconds),
        "```",
        "",
        *measuring.table(["network", "microseconds"], list(microseconds.items())),
    ]


def section(experiment, outcome):
    """The lines of one experiment."""
    parts = [[f"## {experiment.title}"], commands(experiment), counts(outcome)]
    if experiment.runs:
        parts += [[circumstances(experiment, outcome)], last_epochs(experiment, outcome)]
    if experiment.tells == "epochs":
        parts.append(errors_by_epoch(experiment, outcome))
    if experiment.tells == "levels":
        parts.append(epochs_by_error(experiment, outcome))
    if experiment.timed:
        parts.append(times(experiment, outcome))
    return [line for part in parts for line in [*part, ""]]

"""The runs of the experiments: the tool that makes them, and the figures that are kept of each."""

import dataclasses
import datetime
import json
import os
import pathlib
import subprocess
import sys
import time

import measuring
from lecture_experiments import CENTRED, CIFAR, GAUSSIAN, ROUNDS


@dataclasses.dataclass(frozen=True)
class Tool:
    path: pathlib.Path
    # The commit it was built of, as far as that is known.
    version: str


def tool(arguments):
    """The tool that was asked for, of unknown origin, or one built of this checkout."""
    if arguments.tandem is None:
        if arguments.revision:
            measuring.fail("--revision is for the tool that --tandem names")
        return Tool(measuring.build_tandem(), measuring.checkout())
    path = pathlib.Path(arguments.tandem).resolve()
    return Tool(path, arguments.revision or measuring.first_line([path, "--version"]))


def data_folder(arguments, name):
    """Where the data set is; makes the one that is made of another."""
    given, output = pathlib.Path(arguments.data).resolve(), pathlib.Path(arguments.output).resolve()
    output.mkdir(parents=True, exist_ok=True)
    if name != CENTRED:
        return given / name
    # The weights are what is written last.
    if not (output / GAUSSIAN).exists():
        maker = measuring.FOLDER / "centred-pixels"
        subprocess.run([sys.executable, maker, given / CIFAR, output], check=True)
    return output / CENTRED


def figures(tandem, arguments, run, seed):
    """What `tandem train --json` says of the run, from its file if it was done before."""
    stem = f"{run.name} seed {seed}".replace(" ", "-")
    folder = pathlib.Path(arguments.output).resolve() / stem
    file = folder.with_suffix(folder.suffix + ".json")
    if file.exists():
        kept = json.loads(file.read_text())
        if kept["arguments"] == run.arguments(seed):
            return kept
        measuring.fail(f"{file} is of a run with other options; remove it or name another folder")
    command = [tandem.path, "train", "--data", data_folder(arguments, run.data)]
    command += [*run.arguments(seed), "--output", folder, "--overwrite", "--json"]
    print(" ".join(map(str, command)), file=sys.stderr)
    began = time.monotonic()
    result = subprocess.run(
        list(map(str, command)), stdout=subprocess.PIPE, text=True, cwd=folder.parent
    )
    if result.returncode != 0:
        measuring.fail(f"{stem} ended with exit code {result.returncode}")
    report = json.loads(result.stdout)
    if report["ending"] != "completed":
        measuring.fail(f"{stem} was stopped")
    kept = {
        "arguments": run.arguments(seed),
        "report": report,
        "wallSeconds": time.monotonic() - began,
        "ended": f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC",
        "loadAverages": os.getloadavg(),
        "tandem": tandem.version,
    }
    file.write_text(json.dumps(kept, indent=1))
    return kept


def summary(tandem, model, shape):
    command = [str(tandem.path), "summary", model, *shape.split(), "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def seconds_of_images(tandem, experiment):
    """By network, the samples of the seconds that a training step takes for an image, in turns."""
    samples = {model: measuring.Samples() for model in experiment.models}
    for _ in range(ROUNDS):
        for model in experiment.models:
            command = [tandem.path, "bench", "--model", model]
            command += [*experiment.bench_options.split(), "--json"]
            samples[model].values.append(1 / measuring.measure(command)["imagesPerSecond"])
    return samples


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What an experiment gave."""

    # By the name of a run, what `figures` has for each seed.
    runs: dict
    # By network, what `tandem summary --json` says.
    summaries: dict
    # By network, seconds for an image; nothing where steps are not timed.
    seconds: dict

    def reports(self, run):
        """What `tandem train --json` said, of each seed."""
        return [kept["report"] for kept in self.runs[run.name]]


def carry_out(experiment, tandem, arguments):
    """Trains, counts and times; what has been trained before is taken from its file."""
    runs = {
        run.name: [figures(tandem, arguments, run, seed) for seed in range(experiment.seeds)]
        for run in experiment.runs
    }
    summaries = {model: summary(tandem, model, experiment.shape) for model in experiment.models}
    seconds = seconds_of_images(tandem, experiment) if experiment.timed else {}
    return Outcome(runs, summaries, seconds)

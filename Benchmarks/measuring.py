"""What the benchmarks share: building Tandem, running one measurement, describing the machine."""

import datetime
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
PACKAGE = FOLDER.parent
RESULTS = FOLDER / "results"
SECONDS_PER_MEASUREMENT = 900


def fail(line):
    raise SystemExit(f"benchmark: {line}")


def build_tandem(product="tandem"):
    """Builds the tool, or another program, for release and returns its path."""
    swift = os.environ.get("SWIFT") or "swift"
    command = [swift, "build", "-c", "release", "--product", product]
    try:
        subprocess.run(command, cwd=PACKAGE, check=True, stdout=sys.stderr)
    except FileNotFoundError:
        fail(f"{swift} not found; install a Swift toolchain or set SWIFT to its path")
    except subprocess.CalledProcessError:
        fail("the build failed; see above")
    return PACKAGE / ".build/release" / product


class Failed(Exception):
    """A program that was measured gave no figures.

    Attributes:
        line: why, in one line.
        is_refusal: whether Tandem itself said so, rather than crashed or was ended.
    """

    def __init__(self, command, errors, why="failed"):
        super().__init__(f"{' '.join(map(str, command))} {why}:\n{errors.strip()}")
        own = [line for line in errors.splitlines() if line.startswith("tandem: error: ")]
        # Not the rules that mpirun draws.
        said = [line.strip() for line in errors.splitlines() if any(map(str.isalnum, line))]
        self.is_refusal = bool(own)
        self.line = own[0].removeprefix("tandem: error: ") if own else (said or [why])[-1]


def measure(command, environment=None, figure="imagesPerSecond"):
    """Runs a program that prints one JSON object, and returns that; it has at least this figure."""
    try:
        return attempt(command, environment, figure)
    except Failed as failure:
        fail(failure)


def attempt(command, environment=None, figure="imagesPerSecond"):
    """The same for a program that may refuse.

    Raises:
        Failed: it ended with an error or not at all, or printed no such object.
    """
    try:
        result = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            timeout=SECONDS_PER_MEASUREMENT,
            env={**os.environ, **(environment or {})},
        )
    except subprocess.TimeoutExpired:
        raise Failed(command, f"no end after {SECONDS_PER_MEASUREMENT} s") from None
    if result.returncode != 0:
        raise Failed(command, result.stderr, f"failed with exit code {result.returncode}")
    try:
        figures = json.loads(result.stdout)
        figures[figure] = float(figures[figure])
    except (ValueError, KeyError, TypeError):
        raise Failed(command, f"{result.stdout}\nno JSON with {figure}") from None
    return figures


def bench(tandem, model, batch_size, workers, steps, optimizer, ranks=None):
    """One run of `tandem bench`: plain, or of `ranks` ranks under mpirun with `workers` each."""
    command = [tandem, "bench", "--model", model, "--batch-size", batch_size]
    command += ["--workers", workers, "--steps", steps, "--opt", optimizer, "--json"]
    return measure(command if ranks is None else under_mpirun(ranks, workers, command))


def under_mpirun(ranks, workers, command):
    """The command that runs another one in `ranks` processes, each bound to `workers` cores.

    mpirun ends the ranks itself when they take too long: killed, it would leave them behind.
    """
    mpirun = shutil.which("mpirun")
    if mpirun is None:
        fail("mpirun not found; install Open MPI, on Debian and Ubuntu: openmpi-bin")
    binding = ["--map-by", f"slot:PE={workers}", "--bind-to", "core"]
    if ranks * workers > len(os.sched_getaffinity(0)):
        binding = ["--oversubscribe", "--bind-to", "none"]
    root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
    limit = ["--timeout", SECONDS_PER_MEASUREMENT - 10]
    return [mpirun, "-n", ranks, *binding, *limit, *root, *command]


def interval(values):
    """The places, in order, of two values between which the median lies with 95 %: the largest
    k with 2 · P(fewer than k of n tosses are heads) ≤ 5 %."""
    count, below, term = len(values), 0.0, 0.5 ** len(values)
    k = 0
    while 2 * (below + term) <= 0.05:
        below += term
        k += 1
        term *= (count - k + 1) / k
    ordered = sorted(values)
    # Seldom enough rounds: all of them.
    k = max(k, 1)
    return ordered[k - 1], ordered[count - k]


class Ratio:
    """The median of the ratios of all rounds in turns, with its interval; one whose interval is
    too wide is not stated."""

    WIDEST_INTERVAL = 0.10

    def __init__(self, ours, theirs):
        ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
        self.median = statistics.median(ratios)
        self.low, self.high = interval(ratios)

    @property
    def is_stated(self):
        return (self.high - self.low) / self.median <= self.WIDEST_INTERVAL

    def __str__(self):
        bounds = f"({self.low:.2f}–{self.high:.2f})"
        return f"{self.median:.2f} {bounds}" if self.is_stated else f"? {bounds}"


class Samples:
    """The figures of one candidate over all rounds."""

    def __init__(self, values=()):
        self.values = list(values)

    @property
    def median(self):
        return statistics.median(self.values)

    def __str__(self):
        digits = 0 if self.median >= 100 else 1
        median, low, high = (
            f"{value:,.{digits}f}" for value in (self.median, min(self.values), max(self.values))
        )
        return f"{median} ({low}–{high})"


def first_line(command):
    try:
        return subprocess.run(
            command, cwd=PACKAGE, capture_output=True, text=True, timeout=60
        ).stdout.splitlines()[0]
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return "unknown"


def field(path, name):
    """The value of `name : value` in a file of /proc."""
    try:
        for line in pathlib.Path(path).read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    except OSError:
        pass
    return "unknown"


def checkout():
    """The commit of this checkout."""
    return first_line(["git", "describe", "--always", "--dirty"])


def machine(tandem=None):
    """Markdown lines about the machine and the versions; `tandem` if it is not of this checkout."""
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    flags = field("/proc/cpuinfo", "flags").split()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    vectors = next((name for name in ("avx512f", "avx2", "sse2") if name in flags), "unknown")
    return [
        f"- {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC, "
        f"load averages at the end {load}",
        f"- {field('/proc/cpuinfo', 'model name')}, {len(os.sched_getaffinity(0))} cpus, "
        f"{vectors}, {memory:.0f} GiB of memory",
        f"- {platform.freedesktop_os_release().get('PRETTY_NAME', 'Linux')}, "
        f"kernel {platform.release()}",
        f"- Tandem {tandem or checkout()}, "
        f"{first_line([os.environ.get('SWIFT') or 'swift', '--version'])}",
    ]


def mpi_version():
    """Open MPI's name and version: its programs call themselves "mpirun (Open MPI) 4.1.4"."""
    return first_line(["mpirun", "--version"]).replace("mpirun (Open MPI)", "Open MPI")


def warn_if_busy():
    busy = os.getloadavg()[0]
    if busy > 0.5:
        print(
            f"benchmark: warning: the machine is busy (load average {busy:.1f}); "
            "other programs make the figures, and the ratios too, unreliable",
            file=sys.stderr,
        )


def table(header, rows):
    """A markdown table; the first column is text, the others are aligned to the right."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return ["| " + " | ".join(map(str, line)) + " |" for line in lines]


def document(title, lines):
    """The text of a report."""
    return "\n".join([f"# {title}", "", *lines, ""])


def report(name, title, lines, writes):
    """Prints the report and writes it to the results folder when asked."""
    text = document(title, lines)
    print(text)
    if writes:
        write_result(name, "md", text)


def result(name, extension):
    """The path of a file of results of today."""
    return RESULTS / f"{name}-{datetime.date.today().isoformat()}.{extension}"


def write_result(name, extension, text):
    path = result(name, extension)
    RESULTS.mkdir(exist_ok=True)
    path.write_text(text)
    print(f"written to {path.relative_to(PACKAGE)}", file=sys.stderr)

"""The plot of the scaling benchmark, from its table of results: a row of panels for each network,
strong scaling beside weak. Draws a saved table again, too:

python3 Benchmarks/scaling_plot.py Benchmarks/results/cluster-scaling-2026-11-21.csv plot.svg
"""

import csv
import dataclasses
import io
import pathlib
import sys

import measuring
from scaling_points import CLUSTER, CORES, MEASURED, PARALLELISMS, SCALINGS, STRONG

COLOURS = dict(zip(PARALLELISMS, ("#1f6fb4", "#d1601f", "#2c8a43")))
MARKERS = {CORES: "s", CLUSTER: "o"}
IDEAL, NEUTRAL = "#999999", "#333333"
# Of one panel, in inches.
WIDTH, HEIGHT = 4.2, 2.9


@dataclasses.dataclass(frozen=True)
class Result:
    """A row of the table: one layout of one network that was measured."""

    scaling: str
    network: str
    images: int  # of a step
    place: str
    devices: int  # workers of all ranks
    parallelism: str
    computing: str
    speed: float  # images/s
    planned: float  # images/s; None without a prediction

    @classmethod
    def read(cls, row):
        ranks, workers = row["ranks × workers"].split(" × ")
        return cls(
            scaling=row["scaling"],
            network=row["network"],
            images=int(row["images a step"]),
            place=row["where"],
            devices=int(ranks) * int(workers),
            # The mesh stands behind it.
            parallelism=row["parallelism"].split()[0],
            computing=row["computing"],
            speed=float(row["images/s"]),
            planned=float(row["planned, images/s"]) if row["planned, images/s"] else None,
        )


def read(table):
    """The results in the text of a CSV file."""
    return [Result.read(row) for row in csv.DictReader(io.StringIO(table))]


def require_matplotlib():
    """Ends the program with a line where there is no matplotlib."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        measuring.fail(
            f"plots are drawn with matplotlib, which {sys.executable} does not have; install it, "
            "on Debian and Ubuntu: python3-matplotlib"
        )


def draw_lines(axes, results):
    """For each parallelism the best of each place, from one device on; and the ideal."""
    single = next((r.speed for r in results if r.devices == 1), None)
    devices = sorted({r.devices for r in results})
    if single:
        axes.plot(devices, [single * count for count in devices], ":", color=IDEAL)
    for parallelism, colour in COLOURS.items():
        for place in MARKERS:
            best = {1: single} if single and place == CLUSTER else {}
            for r in results:
                if (r.parallelism, r.place) == (parallelism, place):
                    best[r.devices] = max(r.speed, best.get(r.devices, 0))
            # A lone point is no line.
            if len(best) > 1:
                axes.plot(*zip(*sorted(best.items())), color=colour)


def draw_points(axes, results):
    """What was measured: filled where computing was, too; and crosses for what was planned."""
    for r in results:
        colour = COLOURS[r.parallelism]
        face = colour if r.computing == MEASURED else "white"
        axes.plot(r.devices, r.speed, MARKERS[r.place], color=colour, markerfacecolor=face)
        if r.planned:
            axes.plot(r.devices, r.planned, "x", color=colour)


def draw_panel(axes, results):
    first = results[0]
    images = first.images
    words = f"{images} images" if first.scaling == STRONG else f"{images // first.devices} a worker"
    axes.set_title(f"{first.network}, {first.scaling}: {words}", fontsize="medium")
    axes.set_xlabel("workers of all ranks")
    axes.set_ylabel("images/s")
    axes.set_xscale("log", base=2)
    counts = sorted({r.devices for r in results})
    axes.set_xticks(counts, labels=[str(count) for count in counts])
    axes.grid(axis="y", color="#dddddd")
    draw_lines(axes, results)
    draw_points(axes, results)
    axes.set_ylim(bottom=0)


def legend():
    """Lines without a place, for the legend of all panels."""
    from matplotlib.lines import Line2D

    def entry(label, **style):
        return Line2D([], [], label=label, **style)

    return [
        *(entry(name, color=colour, marker="o") for name, colour in COLOURS.items()),
        entry("ideal", color=IDEAL, linestyle=":"),
        entry("this machine", color=NEUTRAL, marker="s", linestyle=""),
        entry("cluster, measured", color=NEUTRAL, marker="o", linestyle=""),
        entry(
            "cluster, emulated", color=NEUTRAL, marker="o", linestyle="", markerfacecolor="white"
        ),
        entry("tandem plan", color=NEUTRAL, marker="x", linestyle=""),
    ]


def draw(table):
    """The text of an SVG file on the results in the text of a CSV file."""
    require_matplotlib()
    import matplotlib
    from matplotlib.figure import Figure

    results = read(table)
    networks = list(dict.fromkeys(r.network for r in results))
    figure = Figure(figsize=(WIDTH * len(SCALINGS), HEIGHT * len(networks) + 0.6))
    size = len(networks), len(SCALINGS)
    panels = figure.subplots(*size, squeeze=False) if networks else []
    for row, network in zip(panels, networks):
        for axes, scaling in zip(row, SCALINGS):
            own = [r for r in results if (r.network, r.scaling) == (network, scaling)]
            if own:
                draw_panel(axes, own)
            else:
                axes.set_axis_off()
    figure.legend(handles=legend(), loc="lower center", ncols=4, frameon=False)
    figure.tight_layout(rect=(0, 0.6 / (HEIGHT * len(networks) + 0.6), 1, 1))
    text = io.StringIO()
    # Words stay words, and the same table gives the same file.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "tandem"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        measuring.fail("give a table and a plot: scaling_plot.py TABLE.csv PLOT.svg")
    table, plot = map(pathlib.Path, sys.argv[1:])
    plot.write_text(draw(table.read_text()))

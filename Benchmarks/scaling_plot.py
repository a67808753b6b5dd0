"""The plot of the scaling benchmark: a row of panels for each network, strong scaling beside weak."""

from scaling_points import CLUSTER, CORES, MEASURED, PARALLELISMS, SCALINGS
from svg_plot import COLOURS, Panel, Series, document

COLOUR = dict(zip(PARALLELISMS, COLOURS))
IDEAL = "#999999"


def panel(outcomes, task, scaling, single):
    own = [o for o in outcomes if o.point.task == task and o.point.scaling == scaling]
    series = []
    devices = sorted({o.point.devices for o in own})
    if single:
        ideal = [(count, single * count, False) for count in devices]
        series.append(Series("ideal", IDEAL, ideal, dashes="2 4", marker=""))
    for parallelism in PARALLELISMS:
        for place, mark in ((CORES, "square"), (CLUSTER, "circle")):
            points = [
                (o.point.devices, o.speed.median, o.point.computing == MEASURED)
                for o in own
                if o.speed.values and o.point.parallelism == parallelism and o.point.place == place
            ]
            # Lines go through the points of a kind that has several numbers of devices.
            series.append(
                Series(parallelism, COLOUR[parallelism], points, marker=mark, has_line=False)
            )
            best = {x: max(y for other, y, _ in points if other == x) for x, _, _ in points}
            line = [(x, y, False) for x, y in best.items()]
            if place == CLUSTER and single:
                line.insert(0, (1, single, False))
            series.append(Series(parallelism, COLOUR[parallelism], line, marker=""))
        planned = [
            (o.point.devices, o.planned, False)
            for o in own
            if o.planned and o.point.parallelism == parallelism
        ]
        series.append(
            Series("plan", COLOUR[parallelism], planned, marker="cross", has_line=False)
        )
    images = task.strong if scaling == SCALINGS[0] else f"{task.weak} a worker,"
    title = f"{task.model}, {scaling}: {images} images"
    return Panel(title, "workers of all ranks", "images/s", [s for s in series if s.points])


def draw(outcomes, single):
    """The text of an SVG file; `single` has images/s of one worker by network and scaling."""
    measured = [o for o in outcomes if o.speed.values]
    tasks = list(dict.fromkeys(o.point.task for o in measured))
    legend = [(Series(name, COLOUR[name], []), True) for name in PARALLELISMS]
    legend += [
        (Series("ideal", IDEAL, [], dashes="2 4", marker=""), False),
        (Series("this machine", "#333333", [], marker="square", has_line=False), True),
        (Series("cluster, measured", "#333333", [], has_line=False), True),
        (Series("cluster, emulated", "#333333", [], has_line=False), False),
        (Series("tandem plan", "#333333", [], marker="cross", has_line=False), False),
    ]
    rows = [
        [panel(measured, task, scaling, single.get((task, scaling))) for scaling in SCALINGS]
        for task in tasks
    ]
    return document(rows, legend)

"""A small plot in SVG: panels side by side or below each other, each with lines of points over a few
positions."""

import dataclasses
import html

PANEL_WIDTH, PANEL_HEIGHT = 400, 280
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 34, 44
COLOURS = ("#1f6fb4", "#d1601f", "#2c8a43", "#7b4fa3", "#555555", "#b03060")


@dataclasses.dataclass
class Series:
    name: str
    colour: str
    # (x, y, whether the marker is filled)
    points: list
    dashes: str = ""
    marker: str = "circle"
    has_line: bool = True


@dataclasses.dataclass
class Panel:
    title: str
    x_label: str
    y_label: str
    series: list


def ticks(most):
    """Round values from 0 to at least `most`."""
    step = 10 ** (len(str(int(most))) - 1) if most >= 1 else 0.1
    for factor in (0.2, 0.5, 1, 2):
        if most / (step * factor) <= 6:
            step *= factor
            break
    count = int(-(-most // step))
    return [index * step for index in range(count + 1)]


def marker(kind, x, y, colour, filled):
    fill = colour if filled else "white"
    style = f'fill="{fill}" stroke="{colour}" stroke-width="1.6"'
    if kind == "square":
        return f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" {style}/>'
    if kind == "cross":
        return (
            f'<path d="M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8" fill="none" '
            f'stroke="{colour}" stroke-width="1.6"/>'
        )
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.2" {style}/>'


def text(x, y, words, anchor="middle", size=12, extra=""):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" {extra}>'
        f"{html.escape(words)}</text>"
    )


def draw_panel(panel, left, top):
    positions = sorted({x for series in panel.series for x, _, _ in series.points})
    values = [y for series in panel.series for _, y, _ in series.points]
    levels = ticks(max(values))
    width = PANEL_WIDTH - LEFT - RIGHT
    height = PANEL_HEIGHT - TOP - BOTTOM

    def across(x):
        room = max(1, len(positions))
        return left + LEFT + width * (positions.index(x) + 0.5) / room

    def up(y):
        return top + TOP + height * (1 - y / levels[-1])

    parts = [text(left + LEFT + width / 2, top + 20, panel.title, size=14)]
    for level in levels:
        y = up(level)
        parts.append(
            f'<path d="M{left + LEFT} {y:.1f}h{width}" stroke="#ddd" stroke-width="1"/>'
        )
        parts.append(text(left + LEFT - 6, y + 4, f"{level:,.10g}", "end"))
    for x in positions:
        parts.append(text(across(x), top + TOP + height + 18, f"{x}"))
    parts.append(text(left + LEFT + width / 2, top + PANEL_HEIGHT - 8, panel.x_label))
    middle = top + TOP + height / 2
    turn = f'transform="rotate(-90 {left + 14} {middle:.1f})"'
    parts.append(text(left + 14, middle, panel.y_label, extra=turn))
    for series in panel.series:
        places = [(across(x), up(y), filled) for x, y, filled in sorted(series.points)]
        if series.has_line and len(places) > 1:
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)
            dashes = f' stroke-dasharray="{series.dashes}"' if series.dashes else ""
            parts.append(
                f'<polyline points="{line}" fill="none" stroke="{series.colour}" '
                f'stroke-width="1.6"{dashes}/>'
            )
        if series.marker:
            parts += [marker(series.marker, x, y, series.colour, fill) for x, y, fill in places]
    return parts


def draw_legend(entries, left, top):
    """Entries are series without points; the last of their fields tells whether to fill the marker."""
    parts = []
    for index, (series, filled) in enumerate(entries):
        x, y = left + index % 4 * 200, top + index // 4 * 20
        if series.has_line:
            dashes = f' stroke-dasharray="{series.dashes}"' if series.dashes else ""
            parts.append(
                f'<path d="M{x} {y}h24" stroke="{series.colour}" stroke-width="1.6"{dashes}/>'
            )
        if series.marker:
            parts.append(marker(series.marker, x + 12, y, series.colour, filled))
        parts.append(text(x + 30, y + 4, series.name, "start"))
    return parts


def document(rows, legend):
    """The text of an SVG file.

    Args:
        rows: lists of panels, one below the other.
        legend: pairs of a series and whether its marker is filled.
    """
    width = PANEL_WIDTH * max(len(row) for row in rows)
    legend_height = 20 * ((len(legend) + 3) // 4) + 16
    height = PANEL_HEIGHT * len(rows) + legend_height
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for row, panels in enumerate(rows):
        for column, panel in enumerate(panels):
            parts += draw_panel(panel, column * PANEL_WIDTH, row * PANEL_HEIGHT)
    parts += draw_legend(legend, 24, PANEL_HEIGHT * len(rows) + 14)
    return "\n".join([*parts, "</svg>", ""])

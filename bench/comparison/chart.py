"""The rows as a picture: bars on a logarithmic axis, in colours for light and dark pages."""
import math
from html import escape

from .tables import number, times

# Colours of src/report/palette.h on white pages, and those that take their place on dark ones.
TEXT, FAINT, GRID, OURS, THEIRS = "#333333", "#595959", "#e2e2e2", "#0072b2", "#bdbdbd"
DARK = {TEXT: "#dddddd", FAINT: "#a8a8a8", GRID: "#383838", OURS: "#56b4e9", THEIRS: "#5a5a5a"}

WIDTH, LEFT, RIGHT = 760, 130, 120
BAR, GAP, HEAD, FOOT = 15, 5, 26, 40


def label(seconds):
    for bound, factor, unit in ((1e-3, 1e6, "\u00b5s"), (1e-1, 1e3, "ms")):
        if seconds < bound:
            return f"{number(seconds * factor)} {unit}"
    return f"{number(seconds)} s"


def ticks(low, high):
    """Round numbers from low to high: of every power of ten 1, 2 and 5, or of a long axis 1 alone."""
    steps = (1, 2, 5) if high / low < 10**3.5 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]


def tick_label(seconds):
    factor, unit = next((factor, unit) for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "\u00b5s"), (1e9, "ns"))
                        if seconds * factor > 0.999 or unit == "ns")
    return f"{seconds * factor:g} {unit}"


class Panel:
    """Rows that share an axis."""

    def __init__(self, title, rows):
        self.title, self.rows = title, rows
        seconds = [row.measure.seconds(figure.median) for row in rows for figure in figures_of(row)]
        # A bar on a logarithmic axis has no natural beginning; the shortest gets some length.
        self.low, self.high = min(seconds) / 2.5, max(seconds)

    def x(self, seconds):
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(seconds / self.low) / math.log(self.high / self.low)

    def height(self):
        return HEAD + FOOT + sum(HEAD + len(figures_of(row)) * (BAR + GAP) for row in self.rows)

    def draw(self, top):
        bottom = top + self.height() - FOOT
        yield f'<text x="0" y="{top + 14}" font-size="15" font-weight="bold" fill="{TEXT}">{escape(self.title)}</text>'
        for tick in ticks(self.low, self.high):
            yield (f'<text x="{self.x(tick):.1f}" y="{bottom + 14}" text-anchor="middle" fill="{FAINT}">'
                   f'{tick_label(tick)}</text>')
        y = top + HEAD
        for row in self.rows:
            yield f'<text x="0" y="{y + 17}" fill="{TEXT}"><tspan font-weight="bold">{escape(row.measure.name)}</tspan>'
            yield f'<tspan fill="{FAINT}" dx="8">{escape(row.text)}</tspan></text>'
            y += HEAD
            end = y + len(figures_of(row)) * (BAR + GAP) - GAP
            grid = "".join(f"M{self.x(tick):.1f} {y}V{end}" for tick in ticks(self.low, self.high))
            yield f'<path d="{grid}" stroke="{GRID}"/>'
            for figure in figures_of(row):
                yield from self.bar(row, figure, y)
                y += BAR + GAP

    def bar(self, row, figure, y):
        ours = figure is row.scrawl
        seconds = row.measure.seconds(figure.median)
        end = self.x(seconds)
        weight = ' font-weight="bold"' if ours else ""
        value = label(seconds) + ("" if ours or not row.scrawl else f" \u00b7 {times(row.ratio(figure))[:-1]}\u00d7")
        yield f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end"{weight} fill="{TEXT}">{escape(figure.title)}</text>'
        yield f'<rect x="{LEFT}" y="{y}" width="{max(end - LEFT, 1):.1f}" height="{BAR}" fill="{OURS if ours else THEIRS}"/>'
        yield f'<text x="{end + 6:.1f}" y="{y + 12}"{weight} fill="{TEXT}">{value}</text>'


def figures_of(row):
    return ([row.scrawl] if row.scrawl else []) + list(row.peers)


def svg(rows):
    """One panel for training and one for recognition, as far as they were measured; kernels are no one's work."""
    rows = [row for row in rows if figures_of(row) and row.measure.unit != "GFLOP/s"]
    panels = []
    for title, of_training in (("Training, seconds", True), ("Recognition, time for each image", False)):
        if chosen := [row for row in rows if (row.measure.unit == "s") == of_training]:
            panels.append(Panel(title, chosen))
    height = sum(panel.height() for panel in panels)
    rules = "".join(f'[{kind}="{light}"]{{{kind}:{dark}}}' for light, dark in DARK.items() for kind in ("fill", "stroke"))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
             'font-family="sans-serif" font-size="12" role="img">',
             "<title>Times of scrawl and of other programs for the same work; shorter bars are better; logarithmic axes</title>",
             f"<style>@media (prefers-color-scheme: dark) {{{rules}}}</style>"]
    top = 0
    for panel in panels:
        parts += panel.draw(top)
        top += panel.height()
    return "\n".join([*parts, "</svg>", ""])

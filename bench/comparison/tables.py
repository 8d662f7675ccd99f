"""The rows as text and as JSON."""
import json

UNITS = {"s": "seconds", "us": "microseconds", "images/s": "million images a second", "GFLOP/s": "GFLOP/s"}


def number(value):
    """Three digits, more before the point where it takes them."""
    for bound, digits in ((0.1, 4), (1, 3), (10, 2), (100, 1)):
        if value < bound:
            return f"{value:.{digits}f}"
    return f"{value:.0f}"


def shown(measure, value):
    return number(value / 1e6 if measure.unit == "images/s" else value)


def times(ratio):
    return "" if ratio is None else f"{number(ratio)}x"


def line(row, figure):
    values = [shown(row.measure, value) for value in (min(figure.values), max(figure.values))]
    known = [accuracy for accuracy in figure.accuracies if accuracy is not None]
    accuracy = f"{100 * sum(known) / len(known):.2f} %" if known else ""
    ratio = times(row.ratio(figure)) if figure is not row.scrawl else ""
    title = figure.title + " *" * (len(figure.values) < row.rounds)
    mark = "" if figure.as_expected else "  outside of the expected range!"
    spread = "..".join(dict.fromkeys(values))
    return f"  {title:<15} {shown(row.measure, figure.median):>8}   {spread:<15} {figure.setting:<20} {ratio:>7}  {accuracy}{mark}"


def block(row):
    unit = UNITS[row.measure.unit]
    heading = f"  {'program':<15} {'median':>8}   {'least..most':<15} {'setting':<20} {'ratio':>7}  accuracy"
    figures = ([row.scrawl] if row.scrawl else []) + list(row.peers)
    return "\n".join([f"{row.measure.name}: {row.text}; {unit}", heading, *(line(row, figure) for figure in figures)])


def summary(rows):
    width = max([28, *(len(row.measure.name) for row in rows)])
    lines = [f"{'':<{width}} {'scrawl':>8} {'best peer':<24} {'ratio':>7} {'must':>6}   {'':<8} of the peak"]
    for row in rows:
        scrawl = shown(row.measure, row.scrawl.median) if row.scrawl else "-"
        peer = f"{row.peers[0].title} {shown(row.measure, row.peers[0].median)}" if row.peers else "-"
        must = f"{row.must:g}x" if row.must else ""
        verdict = {True: "reached", False: "missed", None: ""}[row.reached]
        of_peak = f"{100 * row.of_peak:.0f} %" if row.of_peak is not None else ""
        lines.append((f"{row.measure.name:<{width}} {scrawl:>8} {peer:<24} {times(row.best_ratio):>7} {must:>6}   {verdict:<8} "
                      f"{of_peak}").rstrip())
    return "\n".join(lines)


def notes(rows):
    lines = ["ratio: how many times longer the peer takes than scrawl. setting: the best of those that were tried."]
    if any(len(figure.values) < row.rounds for row in rows for figure in row.peers):
        lines.append("* ran in fewer rounds, because it is slow")
    if any(row.of_peak is not None for row in rows):
        lines.append("of the peak: dense-equivalent multiply-adds, as if no zero pixel were left out, of what the threads can do "
                     "at most")
    return "\n".join(lines)


def text(rows):
    return "\n\n".join([*(block(row) for row in rows), summary(rows), notes(rows)])


def json_lines(rows, machine):
    """An object for each row."""
    def figure(of):
        return {"median": of.median, "min": min(of.values), "max": max(of.values), "runs": len(of.values),
                "setting": of.setting, "test_accuracy": list(of.accuracies), "as_expected": of.as_expected}

    for row in rows:
        figures = ([row.scrawl] if row.scrawl else []) + list(row.peers)
        yield json.dumps({"name": row.measure.name, "what": row.text, "key": row.measure.key, "unit": row.measure.unit,
                          "rounds": row.rounds, "programs": {of.name: figure(of) for of in figures},
                          "best_peer": row.peers[0].name if row.peers else None, "ratio": row.best_ratio,
                          "must": row.must, "reached": row.reached, "share_of_peak": row.of_peak,
                          "machine": machine})

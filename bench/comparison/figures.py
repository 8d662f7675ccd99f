"""What is made of the samples: medians, the best setting of each program, ratios."""
import statistics
from dataclasses import dataclass

from .work import Kernel, Measure, Recipe


@dataclass(frozen=True)
class Figure:
    """A program's values in its best setting."""
    name: str
    title: str
    setting: str
    values: tuple
    accuracies: tuple
    as_expected: bool = True
    threads: int = None  # that the program says it used

    @property
    def median(self):
        return statistics.median(self.values)


@dataclass(frozen=True)
class Row:
    """One measure: scrawl's figure, if it has one, and the peers', best first and those that miss the accuracy last."""
    measure: Measure
    text: str
    scrawl: Figure
    peers: tuple
    rounds: int
    must: float = None  # the best ratio; nothing is asked for without it
    of_peak: float = None  # scrawl's dense-equivalent multiply-adds as a share of what its threads can do

    def ratio(self, peer):
        """How many times longer the peer takes; nothing without a figure of scrawl's."""
        if not self.scrawl:
            return None
        return self.measure.seconds(peer.median) / self.measure.seconds(self.scrawl.median)

    @property
    def best_ratio(self):
        return self.ratio(self.peers[0]) if self.peers else None

    @property
    def reached(self):
        """Whether scrawl is as much better as it must be, with the accuracy that it must have; nothing where that was not
        measured or is not asked for."""
        if self.best_ratio is None or self.must is None:
            return None
        return self.best_ratio >= self.must and self.scrawl.as_expected


def best_figure(comparison, work, measure, name, expected):
    """The program's figure in the setting with the best median."""
    figures = []
    for (of_work, of_name, setting), samples in comparison.samples.items():
        if (of_work, of_name) != (work.name, name):
            continue
        if measure.one_thread and (setting.threads, setting.blas_threads) != (1, 1):
            continue
        values = tuple(sample[measure.key] for sample in samples)
        accuracies = tuple(accuracy_of(sample) for sample in samples)
        known = [accuracy for accuracy in accuracies if accuracy is not None]
        # The mean, because one seed in many may be just outside.
        as_expected = not known or expected[0] <= statistics.mean(known) <= expected[1]
        threads = samples[0].get("threads")
        text = f"{threads} thread{'s' * (threads > 1)}" if name == "scrawl" else setting.name
        figures.append(Figure(name, comparison.titles[name], text, values, accuracies, as_expected, threads))
    return min(figures, key=lambda figure: measure.seconds(figure.median), default=None)


def accuracy_of(sample):
    return sample.get("test_accuracy", sample.get("accuracy"))


def expected_accuracies(comparison, work):
    """The goal, or the recipe's own range, or what scrawl measured for the model, with room for other orders of summation."""
    if isinstance(work, Kernel):
        return 0, 1
    if isinstance(work, Recipe):
        if work.accuracy:
            return work.accuracy, 1
        for (of_work, name, _), samples in comparison.samples.items():
            if (of_work, name) == (work.name, "scrawl"):
                return samples[0]["expected_test_accuracy"]
        return 0, 1
    accuracy = comparison.files[work.name].test_accuracy
    return accuracy - 0.001, accuracy + 0.001


def peak_gflops(hardware, threads):
    """What so many threads can do at most."""
    if f"fma_gflops_{threads}" in hardware:
        return hardware[f"fma_gflops_{threads}"]
    return hardware["fma_gflops_1"] * threads if "fma_gflops_1" in hardware else None


def share_of_peak(work, measure, scrawl, hardware):
    """Nothing where it is not known how much there is to do, or what the machine can do."""
    peak = peak_gflops(hardware, scrawl.threads)
    if not peak:
        return None
    if isinstance(work, Recipe) and work.network:
        return 2 * work.multiply_adds() / scrawl.median / (peak * 1e9)
    return scrawl.median / peak if measure.unit == "GFLOP/s" else None


def rows_of(comparison, work, hardware):
    """A row for each measure of the piece of work."""
    expected = expected_accuracies(comparison, work)
    names = list(dict.fromkeys(name for of_work, name, _ in comparison.samples if of_work == work.name))
    rows = []
    for measure in work.measures:
        figures = [best_figure(comparison, work, measure, name, expected) for name in names]
        figures = [figure for figure in figures if figure]
        scrawl = next((figure for figure in figures if figure.name == "scrawl"), None)
        peers = sorted((figure for figure in figures if figure.name != "scrawl"),
                       key=lambda figure: (not figure.as_expected, measure.seconds(figure.median)))
        of_peak = share_of_peak(work, measure, scrawl, hardware) if scrawl else None
        rows.append(Row(measure, work.text, scrawl, tuple(peers), comparison.rounds_of(work),
                        comparison.must(measure), of_peak))
    return rows

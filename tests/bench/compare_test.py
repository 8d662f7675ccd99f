"""The arithmetic of bench/compare: medians, the best setting, ratios, which runs are repeated, and what is shown."""
import json
import pathlib
import sys
import unittest
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

from comparison import chart, figures, networks, onnx_file, programs, rounds, tables, work  # noqa: E402

SCRAWLS = programs.Setting("its own choice")
BULK = programs.TWO
RECIPES = {recipe.name: recipe for recipe in work.RECIPES}
RECIPE = RECIPES["two-layer"]
MODEL = work.MODELS[0]
PEERS = {peer.name: peer for peer in programs.PEERS}


def training(seconds, accuracy=0.947, **more):
    return {"train_seconds": seconds, "test_accuracy": accuracy, **more}


def scrawls(seconds):
    return training(seconds, threads=2, expected_test_accuracy=[0.940, 0.954])


def recognition(one, bulk, threads):
    return {"one_microseconds": one, "bulk_images_per_second": bulk, "threads": threads, "accuracy": 0.97}


def compared(work_name, samples, number_of_rounds=3, builds=(programs.MEASURED,)):
    comparison = rounds.Comparison("unused", [], number_of_rounds, 1, builds=builds)
    for (name, setting), values in samples.items():
        comparison.samples[work_name, name, setting] = values
        comparison.titles[name] = PEERS[name].title if name in PEERS else name
    return comparison


def row_of_two_layer(samples, hardware=None):
    [row] = figures.rows_of(compared("two-layer", samples), RECIPE, hardware or {})
    return row


class Training(unittest.TestCase):
    samples = {("scrawl", SCRAWLS): [scrawls(seconds) for seconds in (0.5, 0.4, 0.9)],
               ("eigen", programs.ONE): [training(seconds) for seconds in (2.0, 2.2, 2.1)],
               ("eigen", programs.TWO): [training(seconds) for seconds in (1.6, 1.5, 1.9)],
               ("sklearn", programs.ONE): [training(7.0, accuracy=0.939)]}

    def test_the_median_of_the_best_setting_counts(self):
        row = row_of_two_layer(self.samples)
        self.assertEqual([figure.name for figure in row.peers], ["eigen", "sklearn"])
        self.assertEqual(row.scrawl.median, 0.5)
        self.assertEqual((row.peers[0].median, row.peers[0].setting), (1.6, "2 threads"))
        self.assertAlmostEqual(row.best_ratio, 3.2)
        self.assertTrue(row.reached)

    def test_a_ratio_below_what_it_must_be_is_missed(self):
        self.assertFalse(row_of_two_layer(self.samples | {("eigen", programs.TWO): [training(1.4)] * 3}).reached)

    def test_an_accuracy_outside_of_the_recipes_range_is_marked(self):
        row = row_of_two_layer(self.samples)
        self.assertTrue(row.peers[0].as_expected)
        self.assertFalse(row.peers[1].as_expected)
        self.assertIn("outside", tables.line(row, row.peers[1]))

    def test_fewer_rounds_are_marked(self):
        row = row_of_two_layer(self.samples)
        self.assertIn("scikit-learn *", tables.block(row))
        self.assertNotIn("Eigen *", tables.block(row))

    def test_the_share_of_the_peak_is_that_of_the_threads_used(self):
        forward = 784 * 50 + 50 * 10
        multiply_adds = 10_000 * 100 * (3 * forward + 500) + 17 * 70_000 * forward
        self.assertEqual(RECIPE.multiply_adds(), multiply_adds)
        row = row_of_two_layer(self.samples, {"fma_gflops_1": 200, "fma_gflops_2": 400})
        self.assertAlmostEqual(row.of_peak, 2 * multiply_adds / 0.5 / 400e9)


class Recognition(unittest.TestCase):
    samples = {("scrawl", programs.ONE): [recognition(0.5, 4e6, 1)],
               ("scrawl", BULK): [recognition(0.4, 8e6, 2)],
               ("onnxruntime", programs.ONE): [recognition(4.0, 1e6, 1)],
               ("onnxruntime", BULK): [recognition(3.0, 2e6, 2)]}

    def rows(self, samples):
        comparison = compared(MODEL.name, samples)
        comparison.files[MODEL.name] = rounds.Files(None, None, 0.97)
        return figures.rows_of(comparison, MODEL, {})

    def test_one_image_takes_one_thread_and_more_images_a_second_are_better(self):
        one, bulk = self.rows(self.samples)
        self.assertAlmostEqual(one.best_ratio, 8)
        self.assertAlmostEqual(bulk.best_ratio, 4)
        self.assertEqual(bulk.scrawl.setting, "2 threads")

    def test_without_scrawl_there_is_no_ratio(self):
        one, _ = self.rows({key: value for key, value in self.samples.items() if key[0] != "scrawl"})
        self.assertIsNone(one.best_ratio)
        self.assertIsNone(one.reached)
        self.assertIn("ONNX Runtime", tables.text([one]))


class OtherBuild(unittest.TestCase):
    """Another build takes the peers' place, and may be hardly faster."""
    build = programs.other_build(pathlib.Path("/old/build"))

    def row(self, theirs):
        samples = {("scrawl", SCRAWLS): [scrawls(0.5)], ("other", SCRAWLS): [scrawls(theirs)]}
        comparison = compared("two-layer", samples, builds=(programs.MEASURED, self.build))
        [row] = figures.rows_of(comparison, RECIPE, {})
        return row

    def test_may_be_three_percent_faster(self):
        self.assertTrue(self.row(0.49).reached)
        self.assertFalse(self.row(0.48).reached)

    def test_trains_and_recognises_with_its_own_programs(self):
        self.assertEqual(self.build.train_command(RECIPE.path, RECIPE.changes, "out", 3)[0], "/old/build/tools/scrawl/scrawl")
        self.assertEqual(self.build.recognize_command(rounds.Files("m", "m", 1), BULK)[:2], ["/old/build/bench/bench-recognize", "m"])


class Goal(unittest.TestCase):
    """A recipe that asks for a mean accuracy, of which some programs fall short."""
    recipe = RECIPES["ninety-nine"]

    def row(self, ours, theirs):
        samples = {("scrawl", SCRAWLS): [training(0.5, accuracy, steps_seconds=0.5, threads=2) for accuracy in ours]}
        for name, seconds, accuracies in theirs:
            samples[name, programs.ONE] = [training(seconds, accuracy, steps_seconds=seconds) for accuracy in accuracies]
        [row] = figures.rows_of(compared("ninety-nine", samples), self.recipe, {"fma_gflops_2": 400})
        return row

    def test_the_mean_of_all_seeds_counts(self):
        self.assertTrue(self.row([0.988, 0.993], [("torch", 2.0, [0.991])]).reached)
        self.assertFalse(self.row([0.988, 0.991], [("torch", 2.0, [0.991])]).reached)

    def test_who_falls_short_is_not_the_best_peer(self):
        row = self.row([0.991], [("libtorch", 1.0, [0.985]), ("torch", 2.0, [0.991])])
        self.assertEqual([peer.name for peer in row.peers], ["torch", "libtorch"])
        self.assertAlmostEqual(row.best_ratio, 4)

    def test_a_network_of_ones_own_has_no_share_of_the_peak(self):
        self.assertIsNone(self.row([0.991], []).of_peak)


class Networks(unittest.TestCase):
    def test_products_of_convolutions_are_those_of_every_place(self):
        self.assertEqual(networks.products(RECIPES["lenet5"].network),
                         [28 * 28 * 6 * 25, 10 * 10 * 16 * 6 * 25, 400 * 120, 120 * 84, 84 * 10])
        self.assertEqual(networks.products(RECIPES["pytorch-example"].network),
                         [26 * 26 * 32 * 9, 24 * 24 * 64 * 32 * 9, 9216 * 128, 128 * 10])

    def test_strides_and_paddings_change_the_places(self):
        self.assertEqual(networks.products("3x9x8 > conv 4 3x2 stride 2 pad 1 nobias > avgpool 2 stride 1 > dense 10"),
                         [5 * 5 * 4 * 3 * 6, 4 * 4 * 4 * 10])

    def test_who_has_no_convolutions_is_asked_for_none(self):
        self.assertEqual(PEERS["eigen"].settings_for_recipe(RECIPES["lenet5"]), ())
        self.assertNotEqual(PEERS["torch"].settings_for_recipe(RECIPES["lenet5"]), ())
        lenet = next(model for model in work.MODELS if model.name == "lenet-5")
        self.assertEqual(PEERS["numpy"].settings_for_recognition(lenet), ())
        self.assertNotEqual(PEERS["onnxruntime"].settings_for_recognition(lenet), ())


class Kernels(unittest.TestCase):
    kernel = work.KERNELS[1]

    @staticmethod
    def printed(threads, **speeds):
        return {"benchmarks": [{"name": f"convolution/{kind}/conv-6-16/{threads}/{target}/iterations:1/manual_time",
                                "GFLOP/s": speed} for kind, by_target in speeds.items() for target, speed in by_target.items()]}

    def test_the_best_instruction_set_counts(self):
        printed = self.printed("2_threads", forward={"avx2": 150.0, "avx3": 300.0}, weight_gradient={"avx3": 200.0})
        self.assertEqual(programs.own_kernels_figures(printed), {"forward": 300.0, "weight_gradient": 200.0, "threads": 2})

    def test_more_operations_a_second_are_better(self):
        def speeds(value):
            return {"forward": value, "weight_gradient": value, "input_gradient": value, "threads": 2}
        samples = {("scrawl", BULK): [speeds(300.0)], ("onednn", BULK): [speeds(400.0)], ("onednn", programs.ONE): [speeds(210.0)]}
        forward = figures.rows_of(compared(self.kernel.name, samples), self.kernel, {"fma_gflops_2": 400})[0]
        self.assertAlmostEqual(forward.best_ratio, 0.75)
        self.assertAlmostEqual(forward.of_peak, 0.75)

    def test_the_first_layer_needs_no_gradient_by_its_input(self):
        self.assertEqual([measure.key for measure in work.KERNELS[0].measures], ["forward", "weight_gradient"])


class OnnxFile(unittest.TestCase):
    @staticmethod
    def node(operator, source, target):
        field = onnx_file.field
        return field(onnx_file.GRAPH_NODE, field(onnx_file.NODE_INPUT, source) + field(onnx_file.NODE_OUTPUT, target) +
                     field(onnx_file.NODE_OPERATOR, operator))

    def test_what_comes_after_the_preparation_takes_the_pixels(self):
        name = onnx_file.field(2, b"n" * 300)  # longer than one byte can say
        gemm = b"Gemm"
        softmax = self.node(b"Softmax", b"c", b"d") + self.node(b"Div", b"d", b"e")  # a division that is the network's own
        before = self.node(b"Flatten", b"pixels", b"a") + self.node(b"Div", b"a", b"b") + self.node(gemm, b"b", b"c")
        version = onnx_file.number(1 << 3) + onnx_file.number(8)
        model = version + onnx_file.field(onnx_file.MODEL_GRAPH, before + softmax + name)
        graph = self.node(gemm, b"pixels", b"c") + softmax + name
        self.assertEqual(onnx_file.without_preparation(model), version + onnx_file.field(onnx_file.MODEL_GRAPH, graph))


class Work(unittest.TestCase):
    def test_every_figure_has_a_name_of_its_own(self):
        pieces = [*work.RECIPES, *work.MODELS, *work.KERNELS]
        self.assertEqual(len({piece.name for piece in pieces}), len(pieces))


class Repeating(unittest.TestCase):
    def repeated(self, seconds, **options):
        """Which of the candidates, given as (name, setting): seconds, run in the second round."""
        comparison = rounds.Comparison("unused", [], 3, 1, **options)
        candidates = [rounds.Candidate(name, name, setting, None, PEERS.get(name)) for name, setting in seconds]
        for (name, setting), time in seconds.items():
            comparison.samples["two-layer", name, setting] = [training(time)]
        spent = dict(zip(candidates, seconds.values()))
        kept = comparison._worth_repeating(RECIPE, candidates, spent)
        return [(candidate.name, candidate.setting) for candidate in kept]

    def test_what_is_slow_or_behind_is_left_out(self):
        seconds = {("scrawl", SCRAWLS): 9.0, ("eigen", programs.ONE): 2.0, ("eigen", programs.TWO): 1.5,
                   ("openblas", programs.ONE): 1.7, ("openblas", programs.TWO): 1.5, ("sklearn", programs.ONE): 7.0}
        slow = ("sklearn", programs.ONE)
        fast = [("scrawl", SCRAWLS), ("eigen", programs.TWO), ("openblas", programs.ONE), ("openblas", programs.TWO)]
        self.assertEqual(self.repeated(seconds), fast)
        self.assertEqual(self.repeated(seconds, all_rounds=True), [*fast, slow])

    def test_where_the_mean_accuracy_counts_all_seeds_run(self):
        comparison = rounds.Comparison("unused", [], 3, 1)
        self.assertEqual([comparison.rounds_of(RECIPES[name]) for name in ("two-layer", "ninety-nine")], [3, 10])
        candidates = [rounds.Candidate("torch", "PyTorch", setting, None, PEERS["torch"]) for setting in (programs.ONE, BULK)]
        for candidate, seconds in zip(candidates, (9.0, 6.0)):
            comparison.samples["ninety-nine", "torch", candidate.setting] = [training(seconds, steps_seconds=seconds)]
        kept = comparison._worth_repeating(RECIPES["ninety-nine"], candidates, dict(zip(candidates, (9.0, 6.0))))
        self.assertEqual([candidate.setting for candidate in kept], [BULK])

    def test_quick_repeats_only_what_can_be_the_best(self):
        seconds = {("scrawl", SCRAWLS): 1.0, ("eigen", programs.ONE): 2.0, ("numpy", programs.ONE): 2.0}
        self.assertEqual(self.repeated(seconds, quick=True), [("scrawl", SCRAWLS), ("eigen", programs.ONE)])


class Showing(unittest.TestCase):
    def test_numbers_have_three_digits(self):
        self.assertEqual([tables.number(value) for value in (0.01234, 0.1234, 1.234, 12.34, 123.4, 1234)],
                         ["0.0123", "0.123", "1.23", "12.3", "123", "1234"])

    def test_json_has_an_object_for_each_row(self):
        row = row_of_two_layer(Training.samples)
        [line] = tables.json_lines([row], {"cores": 2})
        parsed = json.loads(line)
        self.assertEqual((parsed["name"], parsed["best_peer"], parsed["reached"]), ("two-layer", "eigen", True))
        self.assertEqual(parsed["programs"]["scrawl"]["min"], 0.4)

    def test_longer_times_have_longer_bars(self):
        row = row_of_two_layer(Training.samples)
        picture = ElementTree.fromstring(chart.svg([row]))
        bars = picture.findall("{http://www.w3.org/2000/svg}rect")
        lengths = [float(bar.get("width")) for bar in bars]
        self.assertEqual(lengths, sorted(lengths))
        self.assertEqual([bar.get("fill") for bar in bars], [chart.OURS, chart.THEIRS, chart.THEIRS])


if __name__ == "__main__":
    unittest.main()

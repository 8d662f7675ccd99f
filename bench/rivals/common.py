"""What the rival programs in Python share: the command line, MNIST as floats, the clock and the line of results."""
import argparse
import json
import os
import pathlib
import statistics
import time

import numpy as np

PIXELS, CLASSES = 28 * 28, 10


def default_data():
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "scrawl" / "mnist"


def read_bytes(folder, part):
    """Images as (n, 784) and labels as (n,), both of bytes."""
    images = np.fromfile(folder / f"{part}-images-idx3-ubyte", np.uint8)[16:].reshape(-1, PIXELS)
    labels = np.fromfile(folder / f"{part}-labels-idx1-ubyte", np.uint8)[8:]
    return images, labels


class Part:
    """Images as (n, 784) of float32 and labels as (n,) of int64."""

    def __init__(self, folder, name, scale, offset):
        images, labels = read_bytes(folder, name)
        self.images = images * np.float32(scale) + np.float32(offset)
        self.labels = labels.astype(np.int64)


class Stopwatch:
    """Adds the seconds within its `with` blocks to a total."""

    def __init__(self):
        self.seconds = 0.0

    def __enter__(self):
        self.start = time.perf_counter()

    def __exit__(self, *_):
        self.seconds += time.perf_counter() - self.start


class Run:
    """One training: its data, random numbers, watches and results."""

    def __init__(self, options, scale, offset=0.0):
        self.seed = options.seed
        self.random = np.random.default_rng(options.seed)
        self.train = Part(options.data, "train", scale, offset)
        self.test = Part(options.data, "t10k", scale, offset)
        self.stepping = Stopwatch()  # with drawing and gathering the batches, and the losses that the recipe keeps
        self.evaluating = Stopwatch()  # the accuracies that the recipe asks for on the way; not the final test
        self.losses = []
        self.accuracies = []
        self.test_accuracy = None

    def normal(self, outputs, inputs, deviation):
        return self.random.normal(0, deviation, (outputs, inputs)).astype(np.float32)


def train(rival, recipes):
    """Runs the function of `recipes` that the command line names, and prints one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("recipe", choices=recipes)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--channels-last", action="store_true", help="how planes lie in memory")
    parser.add_argument("--data", type=pathlib.Path, default=default_data())
    options = parser.parse_args()
    run = recipes[options.recipe](options)
    steps, evaluation = run.stepping.seconds, run.evaluating.seconds
    print(json.dumps({"rival": rival, "recipe": options.recipe, "seed": options.seed, "train_seconds": steps + evaluation,
                      "steps_seconds": steps, "evaluation_seconds": evaluation, "test_accuracy": run.test_accuracy,
                      "final_loss": float(run.losses[-1])}))


class SavedModel:
    """A network from scrawl's model file, which is one of safetensors: the words of each layer, and its weights as (out, in)
    or (out, in, height, width)."""

    def __init__(self, path):
        data = path.read_bytes()
        begin = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:begin])
        metadata = header.pop("__metadata__")
        self.input, *layers = metadata["model"].split(" > ")
        self.layers = [layer.split() for layer in layers]
        self.divisor = json.loads(metadata["preprocessing"])["divisor"]
        self.arrays = {name: np.frombuffer(data[begin + of["data_offsets"][0]:begin + of["data_offsets"][1]],
                                           np.float32).reshape(of["shape"]).copy()
                       for name, of in header.items() if of["dtype"] == "F32"}

    def parameters(self, layer):
        """Weights and biases of the layer of that number."""
        return self.arrays[f"{layer}.weight"], self.arrays[f"{layer}.bias"]


def recognize(rival, make):
    """`make(model, options)` gives a function from bytes (n, 784) to probabilities (n, 10). Measures it on MNIST's test
    images, one at a time (the median over blocks of ten) and by the thousand, and prints one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=pathlib.Path, help="scrawl's model file")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--data", type=pathlib.Path, default=default_data())
    options = parser.parse_args()
    images, labels = read_bytes(options.data, "t10k")
    predict = make(SavedModel(options.model), options)

    def median_seconds(batches, calls, repetitions):
        """The median over blocks of so many calls, divided by their number."""
        seconds = []
        for _ in range(repetitions):
            for first in range(0, len(batches), calls):
                start = time.perf_counter()
                for batch in batches[first:first + calls]:
                    predict(batch)
                seconds.append((time.perf_counter() - start) / calls)
        return statistics.median(seconds)

    thousands = np.split(images, 10)
    correct = np.concatenate([predict(batch).argmax(1) for batch in thousands]) == labels
    one = median_seconds(np.split(images, 10000), calls=10, repetitions=1)
    bulk = median_seconds(thousands, calls=10, repetitions=20)
    print(json.dumps({"rival": rival, "threads": options.threads, "one_microseconds": one * 1e6,
                      "bulk_images_per_second": 1000 / bulk, "accuracy": float(correct.mean())}))

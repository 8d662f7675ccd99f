"""What is measured: recipes, recognition with four networks, and the convolutions by themselves."""
from dataclasses import dataclass

from .networks import products
from .programs import ROOT


@dataclass(frozen=True)
class Measure:
    """One figure that a program prints, and how much better than the best peer scrawl must be at it."""
    name: str
    key: str  # of the program's JSON
    unit: str
    must: float = None
    more_is_better: bool = False
    one_thread: bool = False  # only settings with one thread count

    def seconds(self, value):
        """The value as a time: seconds of a training, for each image, or for each operation."""
        return {"s": value, "us": value * 1e-6, "images/s": 1 / value, "GFLOP/s": 1e-9 / value}[self.unit]


@dataclass(frozen=True)
class Recipe:
    """A recipe and its size, for the multiply-adds of a network without any zero left out."""
    name: str
    text: str
    network: str  # as in the recipe; empty: each program has its own, and no share of the peak is said
    batch: int
    steps: int
    evaluated: int = 0  # images that are evaluated within the clock
    extra_forwards: int = 0  # passes over the batch besides the one that the gradient needs
    clock: str = "train_seconds"
    must: float = None
    accuracy: float = None  # where it is the goal: the least mean of the seeds' test accuracies, for every program
    changes: tuple = ()  # keys of the recipe, as for scrawl train --set
    seeds: int = 0  # the least number of rounds, of which no program in a good setting leaves one out

    @property
    def measures(self):
        return [Measure(self.name, self.clock, "s", self.must)]

    @property
    def path(self):
        return ROOT / "recipes" / f"{self.name}.toml"

    @property
    def online(self):
        return self.batch == 1

    @property
    def convolutional(self):
        return not self.network or " conv " in self.network

    def multiply_adds(self):
        layers = products(self.network)
        forward, back_to_hidden = sum(layers), sum(layers[1:])
        a_step = self.batch * ((2 + self.extra_forwards) * forward + back_to_hidden)
        return self.steps * a_step + self.evaluated * forward


@dataclass(frozen=True)
class Model:
    """A network whose recognition is measured. It is trained by a recipe with some keys changed."""
    name: str
    text: str
    recipe: str
    changes: tuple = ()
    divisor: int = 255
    shape: str = "784"  # what the network takes
    one_must: float = None
    bulk_must: float = None

    @property
    def measures(self):
        return [Measure(self.name + ", one image", "one_microseconds", "us", self.one_must, one_thread=True),
                Measure(self.name + ", bulk", "bulk_images_per_second", "images/s", self.bulk_must, more_is_better=True)]

    @property
    def convolutional(self):
        return "x" in self.shape


@dataclass(frozen=True)
class Kernel:
    """The kernels of one convolutional layer: the layer's output, and the gradients by its weights and by its input."""
    channels: int
    outputs: int
    window: int
    size: int  # of the picture, whose sides are equal
    padding: int = 0
    batch: int = 64

    @property
    def name(self):
        padding = f"p{self.padding}" * (self.padding > 0)
        return f"conv-{self.channels}-{self.outputs}-{self.window}x{self.window}-{self.size}x{self.size}{padding}"

    @property
    def text(self):
        padding = f", padding {self.padding}" * (self.padding > 0)
        return (f"{self.channels} > {self.outputs} channels, window {self.window}x{self.window}, picture {self.size}x{self.size}"
                f"{padding}, batch {self.batch}")

    @property
    def measures(self):
        kinds = ["forward", "weight_gradient", "input_gradient"][:3 if self.channels > 1 else 2]
        return [Measure(f"{self.name}, {kind.replace('_', ' ')}", kind, "GFLOP/s", more_is_better=True) for kind in kinds]


RECIPES = [
    Recipe("online-relu", "300,000 steps on one image", "784 > dense 20 > relu > dense 10", 1, 300_000, must=4),
    Recipe("linear-hinge", "3,000 steps on 100 images", "784 > dense 10", 100, 3_000),
    Recipe("sigmoid-mse", "300,000 steps on one image, 5 evaluations",
           "784 > dense 100 nobias > sigmoid > dense 10 nobias > sigmoid", 1, 300_000, evaluated=5 * 10_000, must=4),
    Recipe("two-layer", "10,000 steps on 100 images, 17 evaluations", "784 > dense 50 > sigmoid > dense 10", 100, 10_000,
           evaluated=17 * 70_000, extra_forwards=1, must=3),
    Recipe("three-layer", "7,810 steps on 32 images, without evaluations",
           "784 > dense 256 > relu > dense 256 > relu > dense 10", 32, 7_810, clock="steps_seconds", must=2),
    Recipe("lenet5", "LeNet-5, an epoch of 60,000 images in batches of 64",
           "28x28 > conv 6 5x5 pad 2 > relu > maxpool 2 > conv 16 5x5 > relu > maxpool 2 > dense 120 > relu > dense 84 > relu > "
           "dense 10", 64, 938, clock="steps_seconds", must=2.5,
           changes=("training.epochs=1", "report.every=0", "expect.test_accuracy=[0.97, 0.995]")),
    Recipe("pytorch-example", "the network of PyTorch's MNIST example, an epoch in batches of 64",
           "28x28 > conv 32 3x3 > relu > conv 64 3x3 > relu > maxpool 2 > dropout 0.25 > dense 128 > relu > dropout 0.5 > dense 10",
           64, 938, clock="steps_seconds", must=1.8,
           changes=("training.epochs=1", "report.every=0", "expect.test_accuracy=[0.97, 0.995]")),
    Recipe("ninety-nine", "until the mean test accuracy of ten seeds is 99 %; to each its own network", "", 128, 469,
           clock="steps_seconds", must=2, accuracy=0.99, seeds=10),
]

MODELS = [
    Model("sigmoid-50-100", "784 > 50 > 100 > 10 with sigmoid", "sigmoid-50-100",
          ("model.layers=784 > dense 50 > sigmoid > dense 100 > sigmoid > dense 10",), one_must=6, bulk_must=1.8),
    Model("relu-256-256", "784 > 256 > 256 > 10 with ReLU", "three-layer", divisor=256, one_must=4, bulk_must=2),
    Model("relu-100-100", "784 > 100 > 100 > 10 with ReLU", "three-layer",
          ("model.layers=784 > dense 100 > relu > dense 100 > relu > dense 10", "model.initialiser=he"), divisor=256),
    Model("lenet-5", "LeNet-5", "lenet5", shape="1x28x28", one_must=2, bulk_must=2),
]

KERNELS = [
    Kernel(1, 6, 5, 28, padding=2),
    Kernel(6, 16, 5, 14),
    Kernel(1, 32, 3, 28),
    Kernel(32, 64, 3, 26),
    Kernel(16, 32, 5, 12),
]

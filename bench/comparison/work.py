"""What is measured: the classic recipes, and recognition with three networks."""
from dataclasses import dataclass


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
        """The value as a time: seconds of a training, or seconds for each image."""
        return {"s": value, "us": value * 1e-6, "images/s": 1 / value}[self.unit]


@dataclass(frozen=True)
class Recipe:
    """A recipe and its size, for the multiply-adds of a network without any zero left out."""
    name: str
    text: str
    widths: tuple
    batch: int
    steps: int
    evaluated: int = 0  # images that are evaluated within the clock
    extra_forwards: int = 0  # passes over the batch besides the one that the gradient needs
    clock: str = "train_seconds"
    must: float = None

    @property
    def measures(self):
        return [Measure(self.name, self.clock, "s", self.must)]

    @property
    def online(self):
        return self.batch == 1

    def multiply_adds(self):
        layers = [inputs * outputs for inputs, outputs in zip(self.widths, self.widths[1:])]
        forward, back_to_hidden = sum(layers), sum(layers[1:])
        a_step = self.batch * ((2 + self.extra_forwards) * forward + back_to_hidden)
        return self.steps * a_step + self.evaluated * forward


@dataclass(frozen=True)
class Model:
    """A network whose recognition is measured. It is trained by a recipe with some keys changed."""
    name: str
    text: str
    recipe: str
    activation: str
    changes: tuple = ()
    divisor: int = 255
    one_must: float = None
    bulk_must: float = None

    @property
    def measures(self):
        return [Measure(self.name + ", one image", "one_microseconds", "us", self.one_must, one_thread=True),
                Measure(self.name + ", bulk", "bulk_images_per_second", "images/s", self.bulk_must, more_is_better=True)]


RECIPES = [
    Recipe("online-relu", "300,000 steps on one image", (784, 20, 10), 1, 300_000, must=4),
    Recipe("linear-hinge", "3,000 steps on 100 images", (784, 10), 100, 3_000),
    Recipe("sigmoid-mse", "300,000 steps on one image, 5 evaluations", (784, 100, 10), 1, 300_000, evaluated=5 * 10_000,
           must=4),
    Recipe("two-layer", "10,000 steps on 100 images, 17 evaluations", (784, 50, 10), 100, 10_000, evaluated=17 * 70_000,
           extra_forwards=1, must=3),
    Recipe("three-layer", "7,810 steps on 32 images, without evaluations", (784, 256, 256, 10), 32, 7_810,
           clock="steps_seconds", must=2),
]

MODELS = [
    Model("sigmoid-50-100", "784 > 50 > 100 > 10 with sigmoid", "sigmoid-50-100", "sigmoid",
          ("model.layers=784 > dense 50 > sigmoid > dense 100 > sigmoid > dense 10",), one_must=6, bulk_must=1.8),
    Model("relu-256-256", "784 > 256 > 256 > 10 with ReLU", "three-layer", "relu", divisor=256, one_must=4, bulk_must=2),
    Model("relu-100-100", "784 > 100 > 100 > 10 with ReLU", "three-layer", "relu",
          ("model.layers=784 > dense 100 > relu > dense 100 > relu > dense 10", "model.initialiser=he"), divisor=256),
]

#!/usr/bin/env python3
"""Recognition with NumPy, from bytes to ten probabilities, with the weights of `scrawl export --to npz`."""
import numpy as np

from common import recognize


def make(path, options):
    arrays = np.load(path)
    count = sum(name.startswith("W") for name in arrays)
    weights = [arrays[f"W{i + 1}"] for i in range(count)]
    biases = [arrays[f"b{i + 1}"] for i in range(count)]
    weights[0] = weights[0] / np.float32(options.divisor)  # instead of the pixels

    def sigmoid(x):
        np.negative(x, out=x)
        np.exp(x, out=x)
        x += 1
        np.reciprocal(x, out=x)

    def relu(x):
        np.maximum(x, 0, out=x)

    activate = {"sigmoid": sigmoid, "relu": relu}[options.activation]

    def predict(pixels):
        x = pixels.astype(np.float32)
        for i, (weight, bias) in enumerate(zip(weights, biases)):
            if i > 0:
                activate(x)
            x = x @ weight
            x += bias
        x -= x.max(1, keepdims=True)
        np.exp(x, out=x)
        x /= x.sum(1, keepdims=True)
        return x

    return predict


recognize("numpy", make)

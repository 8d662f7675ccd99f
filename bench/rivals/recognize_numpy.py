#!/usr/bin/env python3
"""Recognition with NumPy, from bytes to ten probabilities, with the weights of scrawl's model file."""
import numpy as np

from common import recognize


def make(model, _):
    dense = [i for i, words in enumerate(model.layers) if words[0] == "dense"]
    weights = [model.parameters(i)[0].T.copy() for i in dense]
    biases = [model.parameters(i)[1] for i in dense]
    weights[0] /= np.float32(model.divisor)  # instead of the pixels

    def sigmoid(x):
        np.negative(x, out=x)
        np.exp(x, out=x)
        x += 1
        np.reciprocal(x, out=x)

    def relu(x):
        np.maximum(x, 0, out=x)

    activate = {"sigmoid": sigmoid, "relu": relu}[model.layers[1][0]]

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

#!/usr/bin/env python3
"""The classic recipes in NumPy: float32 everywhere, results written into arrays that are made once.

Images are rows. For steps on one image the weights are (outputs, inputs), so that their products with a vector run along
long rows; for batches (inputs, outputs)."""
import numpy as np

from common import CLASSES, PIXELS, Run, train


def sigmoid(x):
    """In place."""
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    np.reciprocal(x, out=x)


def softmax_gradient(scores, rows, labels):
    """Turns the scores of a batch into the gradients of its cross-entropies; returns the mean loss."""
    scores -= scores.max(1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(1, keepdims=True)
    loss = -np.log(scores[rows, labels] + np.float32(1e-7)).mean()
    scores[rows, labels] -= 1
    return loss


class Dense:
    def __init__(self, run, inputs, outputs, deviation):
        self.weights = run.normal(inputs, outputs, deviation)
        self.bias = np.zeros(outputs, np.float32)
        self.step = np.empty_like(self.weights)

    def forward(self, x, out=None):
        out = np.dot(x, self.weights, out=out)
        out += self.bias
        return out

    def update(self, x, gradient, rate, decay=1):
        rate = np.float32(rate / len(x))
        np.dot(x.T, gradient, out=self.step)
        self.step *= rate
        if decay != 1:
            self.weights *= np.float32(decay)
        self.weights -= self.step
        self.bias -= rate * gradient.sum(0)


class Batch:
    """A batch drawn with replacement from the first `population` training images."""

    def __init__(self, run, size, population=60000):
        self.run, self.population = run, population
        self.rows = np.arange(size)
        self.images = np.empty((size, PIXELS), np.float32)

    def draw(self):
        indices = self.run.random.integers(0, self.population, len(self.rows))
        # The mode that needs no check beforehand, and so no second copy.
        self.run.train.images.take(indices, axis=0, out=self.images, mode="clip")
        self.labels = self.run.train.labels[indices]


def accuracy(part, forward, first=0):
    """A thousand images at a time keep the hidden layers in the cache."""
    correct = sum(np.count_nonzero(forward(part.images[i:i + 1000]).argmax(1) == part.labels[i:i + 1000])
                  for i in range(first, len(part.labels), 1000))
    return correct / (len(part.labels) - first)


def online_relu(options):
    run = Run(options, 1 / 255)
    rate, l2 = np.float32(0.001), 0.01
    decay = np.float32(1 - 0.001 * l2)
    w1, w2 = run.normal(20, PIXELS, 1), run.normal(CLASSES, 20, 1)
    b1, b2 = np.zeros(20, np.float32), np.zeros(CLASSES, np.float32)
    h, dh, s = np.empty(20, np.float32), np.empty(20, np.float32), np.empty(CLASSES, np.float32)
    step1, step2 = np.empty_like(w1), np.empty_like(w2)
    column_dh, column_s, row_h = dh[:, None], s[:, None], h[None, :]
    labels = run.train.labels.tolist()
    with run.stepping:
        for _ in range(5):
            for i, (x, row_x) in enumerate(zip(run.train.images, run.train.images[:, None, :])):
                np.dot(w1, x, out=h)
                np.add(h, b1, out=h)
                np.maximum(h, 0, out=h)
                np.dot(w2, h, out=s)
                np.add(s, b2, out=s)
                np.subtract(s, s.max(), out=s)
                np.exp(s, out=s)
                np.divide(s, s.sum(), out=s)
                label = labels[i]
                if i % 100 == 0:
                    penalty = l2 / 2 * (np.vdot(w1, w1) + np.vdot(w2, w2))
                    run.losses.append(-np.log(s[label] + np.float32(1e-7)) + penalty)
                s[label] -= 1
                np.dot(s, w2, out=dh)
                np.multiply(dh, h > 0, out=dh)
                np.multiply(s, rate, out=s)
                np.multiply(dh, rate, out=dh)
                np.multiply(w2, decay, out=w2)
                np.dot(column_s, row_h, out=step2)
                np.subtract(w2, step2, out=w2)
                np.multiply(w1, decay, out=w1)
                np.dot(column_dh, row_x, out=step1)
                np.subtract(w1, step1, out=w1)
                np.subtract(b2, s, out=b2)
                np.subtract(b1, dh, out=b1)
    run.test_accuracy = accuracy(run.test, lambda x: np.maximum(x @ w1.T + b1, 0) @ w2.T + b2)
    return run


def linear_hinge(options):
    run = Run(options, 1 / 255)
    rate, l2 = 0.05, 2e-4
    layer = Dense(run, PIXELS, CLASSES, 1e-4)
    batch = Batch(run, 100)
    scores = np.empty((100, CLASSES), np.float32)
    with run.stepping:
        for step in range(3000):
            batch.draw()
            layer.forward(batch.images, scores)
            scores -= scores[batch.rows, batch.labels][:, None]
            scores += 1
            scores[batch.rows, batch.labels] = 0
            if step % 10 == 0:
                w = layer.weights
                run.losses.append(np.maximum(scores, 0).sum() / 100 + l2 / 2 * np.vdot(w, w))
            np.greater(scores, 0, out=scores)
            scores[batch.rows, batch.labels] = -scores.sum(1)
            layer.update(batch.images, scores, rate, 1 - rate * l2)
    run.test_accuracy = accuracy(run.test, layer.forward)
    return run


def sigmoid_mse(options):
    run = Run(options, 0.99 / 255, 0.01)
    rate = np.float32(0.1)
    w1, w2 = run.normal(100, PIXELS, 100**-0.5), run.normal(CLASSES, 100, CLASSES**-0.5)
    h, dh, g = np.empty(100, np.float32), np.empty(100, np.float32), np.empty(100, np.float32)
    o, e, step1, step2 = np.empty(CLASSES, np.float32), np.empty(CLASSES, np.float32), np.empty_like(w1), np.empty_like(w2)
    column_dh, column_e, row_h = dh[:, None], e[:, None], h[None, :]
    targets = np.full((CLASSES, CLASSES), 0.01, np.float32) + np.diag(np.full(CLASSES, np.float32(0.98)))
    targets_of = [targets[label] for label in run.train.labels]
    for _ in range(5):
        with run.stepping:
            for i, (x, row_x) in enumerate(zip(run.train.images, run.train.images[:, None, :])):
                np.dot(w1, x, out=h)
                sigmoid(h)
                np.dot(w2, h, out=o)
                sigmoid(o)
                np.subtract(targets_of[i], o, out=e)
                if i % 100 == 0:
                    run.losses.append(np.vdot(e, e) / 2)
                # The author hands back the bare error, without the derivative of the output's sigmoid.
                np.dot(e, w2, out=dh)
                np.multiply(e, rate * o * (1 - o), out=e)
                np.subtract(1, h, out=g)
                np.multiply(g, h, out=g)
                np.multiply(g, rate, out=g)
                np.multiply(dh, g, out=dh)
                np.dot(column_e, row_h, out=step2)
                np.add(w2, step2, out=w2)
                np.dot(column_dh, row_x, out=step1)
                np.add(w1, step1, out=w1)

        def forward(images):
            hidden = images @ w1.T
            sigmoid(hidden)
            return hidden @ w2.T

        with run.evaluating:
            run.accuracies.append(accuracy(run.test, forward))
    run.test_accuracy = run.accuracies[-1]
    return run


def two_layer(options):
    run = Run(options, 1 / 255)
    rate = 0.1
    layer1, layer2 = Dense(run, PIXELS, 50, 0.01), Dense(run, 50, CLASSES, 0.01)
    batch = Batch(run, 100)
    hidden, scores = np.empty((100, 50), np.float32), np.empty((100, CLASSES), np.float32)
    gradient = np.empty_like(hidden)

    def forward(x, hidden=None, scores=None):
        hidden = layer1.forward(x, hidden)
        sigmoid(hidden)
        return layer2.forward(hidden, scores)

    for step in range(10000):
        with run.stepping:
            batch.draw()
            softmax_gradient(forward(batch.images, hidden, scores), batch.rows, batch.labels)
            np.dot(scores, layer2.weights.T, out=gradient)
            layer2.update(hidden, scores, rate)
            gradient *= hidden
            np.subtract(1, hidden, out=hidden)
            gradient *= hidden
            layer1.update(batch.images, gradient, rate)
            run.losses.append(softmax_gradient(forward(batch.images, hidden, scores), batch.rows, batch.labels))
        if step % 600 == 0:
            with run.evaluating:
                run.accuracies += [accuracy(run.train, forward), accuracy(run.test, forward)]
    run.test_accuracy = accuracy(run.test, forward)
    return run


def three_layer(options):
    run = Run(options, 1 / 256)
    rate, size, population = 0.1, 32, 50000
    layers = [Dense(run, inputs, outputs, 1e-3) for inputs, outputs in [(PIXELS, 256), (256, 256), (256, CLASSES)]]
    layer1, layer2, layer3 = layers
    batch = Batch(run, size, population)
    h1, h2 = np.empty((size, 256), np.float32), np.empty((size, 256), np.float32)
    g1, g2, scores = np.empty_like(h1), np.empty_like(h2), np.empty((size, CLASSES), np.float32)

    def forward(x, h1=None, h2=None, scores=None):
        h1 = layer1.forward(x, h1)
        np.maximum(h1, 0, out=h1)
        h2 = layer2.forward(h1, h2)
        np.maximum(h2, 0, out=h2)
        return layer3.forward(h2, scores)

    for _ in range(5):
        for step in range(population // size):
            with run.stepping:
                batch.draw()
                loss = softmax_gradient(forward(batch.images, h1, h2, scores), batch.rows, batch.labels)
                if step % 10 == 0:
                    run.losses.append(loss)
                np.dot(scores, layer3.weights.T, out=g2)
                g2 *= h2 > 0
                np.dot(g2, layer2.weights.T, out=g1)
                g1 *= h1 > 0
                layer3.update(h2, scores, rate)
                layer2.update(h1, g2, rate)
                layer1.update(batch.images, g1, rate)
            if step % 200 == 0:
                with run.evaluating:
                    run.accuracies.append((forward(batch.images).argmax(1) == batch.labels).mean())
                    run.accuracies.append(accuracy(run.train, forward, population))
    run.test_accuracy = accuracy(run.test, forward)
    return run


train("numpy", {"online-relu": online_relu, "linear-hinge": linear_hinge, "sigmoid-mse": sigmoid_mse,
                "two-layer": two_layer, "three-layer": three_layer})

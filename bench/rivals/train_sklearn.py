#!/usr/bin/env python3
"""The recipes that scikit-learn's MLPClassifier can do step by step. partial_fit runs through its images in batches, and each
batch is one step of plain gradient descent; ten batches a call share what a call costs.

Two things differ from the recipes. The initial weights are put in place after a first call has made the arrays. And the
losses that are kept are those that partial_fit reports, the mean over ten steps before their updates: the loss of a batch
after the update, which two-layer wants, would be a second pass that costs as much as a call."""
import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier

from common import CLASSES, Run, train

STEPS_A_CALL = 10


def classifier(run, hidden, activation, batch, deviation):
    sklearn.set_config(assume_finite=True)
    net = MLPClassifier(hidden, activation=activation, solver="sgd", alpha=0, batch_size=batch, learning_rate_init=0.1,
                        momentum=0, nesterovs_momentum=False, shuffle=False)
    net.partial_fit(run.train.images[:batch], run.train.labels[:batch], classes=np.arange(CLASSES))
    for weights in net.coefs_:
        weights[...] = run.normal(*weights.shape, deviation)
    for bias in net.intercepts_:
        bias[...] = 0
    return net


def descend(run, net, steps, population, every, evaluate):
    """Evaluates after the steps 0, every, 2 every ..."""
    step = 0
    while step < steps:
        count = 1 if step == 0 else min(STEPS_A_CALL, steps - step)
        with run.stepping:
            indices = run.random.integers(0, population, count * net.batch_size)
            net.partial_fit(run.train.images[indices], run.train.labels[indices])
            run.losses.append(net.loss_)
        step += count
        if (step - 1) % every == 0:
            with run.evaluating:
                evaluate(indices[-net.batch_size:])


def accuracy(net, part, first=0):
    """A thousand images at a time keep the hidden layers in the cache."""
    correct = sum(np.count_nonzero(net.predict(part.images[i:i + 1000]) == part.labels[i:i + 1000])
                  for i in range(first, len(part.labels), 1000))
    return correct / (len(part.labels) - first)


def two_layer(options):
    run = Run(options, 1 / 255)
    net = classifier(run, (50,), "logistic", 100, 0.01)

    def evaluate(_):
        run.accuracies.extend([accuracy(net, run.train), accuracy(net, run.test)])

    descend(run, net, 10000, 60000, 600, evaluate)
    run.test_accuracy = accuracy(net, run.test)
    return run


def three_layer(options):
    run = Run(options, 1 / 256)
    population = 50000
    net = classifier(run, (256, 256), "relu", 32, 1e-3)

    def evaluate(batch):
        run.accuracies.append((net.predict(run.train.images[batch]) == run.train.labels[batch]).mean())
        run.accuracies.append(accuracy(net, run.train, population))

    for _ in range(5):
        descend(run, net, population // 32, population, 200, evaluate)
    run.test_accuracy = accuracy(net, run.test)
    return run


train("sklearn", {"two-layer": two_layer, "three-layer": three_layer})

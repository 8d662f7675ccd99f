#!/usr/bin/env python3
"""The classic recipes in PyTorch, with its layers, losses and optimizer. Only sigmoid-mse, whose update is not the gradient
of its loss, is written by hand."""
import torch
from torch import nn
from torch.nn import functional as F

from common import CLASSES, PIXELS, Run, train


class TorchRun(Run):
    def __init__(self, options, scale, offset=0.0):
        super().__init__(options, scale, offset)
        torch.manual_seed(options.seed)
        torch.set_num_threads(options.threads)
        for part in self.train, self.test:
            part.images, part.labels = torch.from_numpy(part.images), torch.from_numpy(part.labels)

    def batch(self, size, population=60000):
        indices = torch.randint(population, (size,))
        return self.train.images[indices], self.train.labels[indices]


def network(deviation, *layers):
    net = nn.Sequential(*layers)
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, 0, deviation)
            nn.init.zeros_(layer.bias)
    return net


def sgd(net, rate, l2=0.0):
    weights = [p for p in net.parameters() if p.ndim == 2]
    biases = [p for p in net.parameters() if p.ndim == 1]
    # foreach=True takes as long: there are few parameters.
    return torch.optim.SGD([{"params": weights, "weight_decay": l2}, {"params": biases}], lr=rate, foreach=False)


@torch.inference_mode()
def penalty(net, l2):
    return l2 / 2 * sum(p.square().sum().item() for p in net.parameters() if p.ndim == 2)


@torch.inference_mode()
def accuracy(net, part, first=0):
    """A thousand images at a time keep the hidden layers in the cache."""
    correct = sum((net(x).argmax(1) == y).sum().item()
                  for x, y in zip(part.images[first:].split(1000), part.labels[first:].split(1000)))
    return correct / (len(part.labels) - first)


def step(net, optimizer, loss):
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


def online_relu(options):
    run = TorchRun(options, 1 / 255)
    l2 = 0.01
    net = network(1, nn.Linear(PIXELS, 20), nn.ReLU(), nn.Linear(20, CLASSES))
    optimizer = sgd(net, 0.001, l2)
    images, labels = run.train.images.split(1), run.train.labels.split(1)
    with run.stepping:
        for _ in range(5):
            for i, (x, y) in enumerate(zip(images, labels)):
                loss = F.cross_entropy(net(x), y)
                if i % 100 == 0:
                    run.losses.append(loss.item() + penalty(net, l2))
                step(net, optimizer, loss)
    run.test_accuracy = accuracy(net, run.test)
    return run


def linear_hinge(options):
    run = TorchRun(options, 1 / 255)
    l2 = 2e-4
    net = network(1e-4, nn.Linear(PIXELS, CLASSES))
    optimizer = sgd(net, 0.05, l2)
    with run.stepping:
        for i in range(3000):
            x, y = run.batch(100)
            # PyTorch divides the sum over the classes by their number.
            loss = F.multi_margin_loss(net(x), y) * CLASSES
            if i % 10 == 0:
                run.losses.append(loss.item() + penalty(net, l2))
            step(net, optimizer, loss)
    run.test_accuracy = accuracy(net, run.test)
    return run


@torch.inference_mode()
def sigmoid_mse(options):
    run = TorchRun(options, 0.99 / 255, 0.01)
    rate = 0.1
    w1 = torch.from_numpy(run.normal(100, PIXELS, 100**-0.5))
    w2 = torch.from_numpy(run.normal(CLASSES, 100, CLASSES**-0.5))
    w2_transposed = w2.t()
    targets = torch.full((CLASSES, CLASSES), 0.01) + 0.98 * torch.eye(CLASSES)
    images = run.train.images.unbind()
    targets = targets[run.train.labels].unbind()
    for _ in range(5):
        with run.stepping:
            for i, (x, t) in enumerate(zip(images, targets)):
                h = torch.mv(w1, x).sigmoid_()
                o = torch.mv(w2, h).sigmoid_()
                e = t - o
                if i % 100 == 0:
                    run.losses.append(torch.dot(e, e).item() / 2)
                # The author hands back the bare error, without the derivative of the output's sigmoid.
                dh = torch.mv(w2_transposed, e)
                w2.addr_(torch.ops.aten.sigmoid_backward(e, o), h, alpha=rate)
                w1.addr_(torch.ops.aten.sigmoid_backward(dh, h), x, alpha=rate)
        with run.evaluating:
            run.accuracies.append(accuracy(lambda x: torch.sigmoid(x @ w1.t()) @ w2.t(), run.test))
    run.test_accuracy = run.accuracies[-1]
    return run


def two_layer(options):
    run = TorchRun(options, 1 / 255)
    net = network(0.01, nn.Linear(PIXELS, 50), nn.Sigmoid(), nn.Linear(50, CLASSES))
    optimizer = sgd(net, 0.1)
    for i in range(10000):
        with run.stepping:
            x, y = run.batch(100)
            step(net, optimizer, F.cross_entropy(net(x), y))
            with torch.inference_mode():
                run.losses.append(F.cross_entropy(net(x), y).item())
        if i % 600 == 0:
            with run.evaluating:
                run.accuracies += [accuracy(net, run.train), accuracy(net, run.test)]
    run.test_accuracy = accuracy(net, run.test)
    return run


def three_layer(options):
    run = TorchRun(options, 1 / 256)
    net = network(1e-3, nn.Linear(PIXELS, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, CLASSES))
    optimizer = sgd(net, 0.1)
    size, population = 32, 50000
    for _ in range(5):
        for i in range(population // size):
            with run.stepping:
                x, y = run.batch(size, population)
                loss = F.cross_entropy(net(x), y)
                if i % 10 == 0:
                    run.losses.append(loss.item())
                step(net, optimizer, loss)
            if i % 200 == 0:
                with run.evaluating:
                    with torch.inference_mode():
                        run.accuracies.append((net(x).argmax(1) == y).float().mean().item())
                    run.accuracies.append(accuracy(net, run.train, population))
    run.test_accuracy = accuracy(net, run.test)
    return run


train("torch", {"online-relu": online_relu, "linear-hinge": linear_hinge, "sigmoid-mse": sigmoid_mse,
                "two-layer": two_layer, "three-layer": three_layer})

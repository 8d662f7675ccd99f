#!/usr/bin/env python3
"""The recipes in PyTorch, with its layers, losses and optimizers. Only sigmoid-mse, whose update is not the gradient of its
loss, is written by hand."""
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


@torch.inference_mode()
def planes_accuracy(net, images, labels):
    net.eval()
    return sum((net(x).argmax(1) == y).sum().item()
               for x, y in zip(images.split(1000), labels.split(1000))) / len(labels)


def epoch(options, net, size, optimizer, schedule=None, offset=0.0, deviation=1.0):
    """One epoch of a convolutional network, with its layers' own initial weights; the rest of a batch is one, too."""
    run = TorchRun(options, 1 / 255 / deviation, -offset / deviation)
    layout = torch.channels_last if options.channels_last else torch.contiguous_format
    net = net.to(memory_format=layout)
    images, labels = run.train.images.view(-1, 1, 28, 28), run.train.labels
    with run.stepping:
        for i, indices in enumerate(torch.randperm(len(labels)).split(size)):
            loss = F.cross_entropy(net(images[indices]), labels[indices])
            if i % 100 == 0:
                run.losses.append(loss.item())
            step(net, optimizer, loss)
            if schedule:
                schedule.step()
    run.test_accuracy = planes_accuracy(net, run.test.images.view(-1, 1, 28, 28), run.test.labels)
    return run


def lenet5(options):
    torch.manual_seed(options.seed)
    net = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(),
                        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
                        nn.Linear(84, CLASSES))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9, foreach=False)
    return epoch(options, net, 64, optimizer)


def pytorch_example(options):
    """PyTorch's own example, with the same settings, for one epoch."""
    torch.manual_seed(options.seed)
    net = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25),
                        nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, CLASSES))
    return epoch(options, net, 64, torch.optim.Adadelta(net.parameters(), lr=1), offset=0.1307, deviation=0.3081)


def ninety_nine(options):
    """The quickest network that we found to read 99 % of the test images. What batch normalisation gives need not be known
    where pooling drops it."""
    torch.manual_seed(options.seed)
    net = nn.Sequential(nn.Conv2d(1, 16, 5), nn.MaxPool2d(2), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 32, 5),
                        nn.MaxPool2d(2), nn.BatchNorm2d(32), nn.ReLU(), nn.Flatten(), nn.Linear(512, CLASSES))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=469)
    return epoch(options, net, 128, optimizer, schedule, offset=0.1307, deviation=0.3081)


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
                "two-layer": two_layer, "three-layer": three_layer, "lenet5": lenet5, "pytorch-example": pytorch_example,
                "ninety-nine": ninety_nine})

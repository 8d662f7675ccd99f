#!/usr/bin/env python3
"""Recognition with PyTorch's TorchScript, from bytes to ten probabilities, with the weights of `scrawl export --to npz`."""
import numpy as np
import torch
from torch import nn

from common import recognize


class Recognizer(nn.Module):
    def __init__(self, path, options):
        super().__init__()
        arrays = np.load(path)
        layers = []
        for i in range(sum(name.startswith("W") for name in arrays)):
            weight = torch.from_numpy(arrays[f"W{i + 1}"].T.copy())
            if i > 0:
                layers.append({"sigmoid": nn.Sigmoid, "relu": nn.ReLU}[options.activation]())
            else:
                weight /= options.divisor  # instead of the pixels
            layer = nn.Linear(weight.shape[1], weight.shape[0])
            layer.weight = nn.Parameter(weight)
            layer.bias = nn.Parameter(torch.from_numpy(arrays[f"b{i + 1}"]))
            layers.append(layer)
        self.layers = nn.Sequential(*layers)

    def forward(self, pixels):
        return self.layers(pixels.float()).softmax(1)


def make(path, options):
    torch.set_num_threads(options.threads)
    net = torch.jit.script(Recognizer(path, options).eval())
    net = torch.jit.optimize_for_inference(torch.jit.freeze(net))

    @torch.inference_mode()
    def predict(pixels):
        return net(torch.from_numpy(pixels)).numpy()

    return predict


recognize("torch", make)

"""The size of a network, from its text form."""


def sides(text):
    """"5x5" as two numbers, and "2" as 2 and 2."""
    height, _, width = text.partition("x")
    return int(height), int(width or height)


def options(words):
    """What stands in pairs after a layer's own words: "pad 2 stride 1"."""
    return {name: sides(value) for name, value in zip(words[::2], words[1::2])}


def products(network):
    """The multiply-adds of each layer that has weights, for one image."""
    first, *layers = network.split(" > ")
    shape = [int(length) for length in first.split("x")]
    shape = [1] * (3 - len(shape)) + shape  # channels, height, width
    result = []
    for kind, *words in map(str.split, layers):
        channels, *lengths = shape
        if kind == "dense":
            outputs = int(words[0])
            result.append(channels * lengths[0] * lengths[1] * outputs)
            shape = [outputs, 1, 1]
        elif kind in ("conv", "maxpool", "avgpool"):
            *outputs, window = words[:2] if kind == "conv" else words[:1]
            given = options(words[len(outputs) + 1:])
            window = sides(window)
            padding, stride = given.get("pad", (0, 0)), given.get("stride", (1, 1) if kind == "conv" else window)
            lengths = [(length + 2 * pad - below) // step + 1
                       for length, below, pad, step in zip(lengths, window, padding, stride)]
            if kind == "conv":
                result.append(channels * window[0] * window[1] * int(outputs[0]) * lengths[0] * lengths[1])
                channels = int(outputs[0])
            shape = [channels, *lengths]
    return result

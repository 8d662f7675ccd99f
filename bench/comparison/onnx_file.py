"""Takes the preparation of the pixels out of an ONNX file that scrawl has exported: its division by 255 costs ONNX Runtime a
tenth of its time, and a user would do it while turning bytes into floats."""

# Numbers of fields in ONNX's protocol buffers.
MODEL_GRAPH, GRAPH_NODE, NODE_INPUT, NODE_OUTPUT, NODE_OPERATOR = 7, 1, 1, 2, 4
PREPARATION = (b"Flatten", b"Div", b"Reshape")


def read_number(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def number(value):
    encoded = b""
    while value > 127:
        encoded += bytes([value & 127 | 128])
        value >>= 7
    return encoded + bytes([value])


def fields(message):
    """Each field's number, its content if it is a text or a message, and all its bytes."""
    at = 0
    while at < len(message):
        start = at
        key, at = read_number(message, at)
        content = None
        if key & 7 == 2:
            length, at = read_number(message, at)
            content = message[at:at + length]
            at += length
        elif key & 7 == 0:
            _, at = read_number(message, at)
        else:
            at += 8 if key & 7 == 1 else 4
        yield key >> 3, content, message[start:at]


def field(tag, content):
    return number(tag << 3 | 2) + number(len(content)) + content


def strings(node, tag):
    return [content for of_tag, content, _ in fields(node) if of_tag == tag]


def graph_without_preparation(graph):
    """Without the nodes of PREPARATION that come before all others; those that took their outputs take their inputs instead."""
    source = {}
    result = b""
    preparing = True
    for tag, content, raw in fields(graph):
        if tag != GRAPH_NODE:
            result += raw
        elif preparing and strings(content, NODE_OPERATOR)[0] in PREPARATION:
            [output], origin = strings(content, NODE_OUTPUT), strings(content, NODE_INPUT)[0]
            source[output] = source.get(origin, origin)
        else:
            preparing = False
            result += field(GRAPH_NODE, b"".join(field(NODE_INPUT, source.get(name, name)) if of_tag == NODE_INPUT else whole
                                                 for of_tag, name, whole in fields(content)))
    return result


def without_preparation(model):
    """The bytes of the file without its first steps. REQUIRES input pixels as the first layer takes them:
    (batch, 784) or (batch, channels, height, width)."""
    return b"".join(field(MODEL_GRAPH, graph_without_preparation(content)) if tag == MODEL_GRAPH else raw
                    for tag, content, raw in fields(model))

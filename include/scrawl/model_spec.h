#pragma once

// For programs that describe networks: layers, the model text, initial weights.

#include "scrawl/arrays.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

template <class T>
class Layer;  // layer.h

// A model is plain data. To add a kind of layer: a struct here, and ARCHITECTURE.md says what else.

/// Fully connected: y = W x + b. An input with several channels or rows is flattened in C, H, W order.
struct Dense {
  std::size_t outputs = 0;
  bool bias = true;
  bool operator==(const Dense&) const = default;
};
struct Sigmoid {
  bool operator==(const Sigmoid&) const = default;
};
struct Relu {
  bool operator==(const Relu&) const = default;
};
struct Tanh {
  bool operator==(const Tanh&) const = default;
};

/// Two-dimensional convolution (strictly, cross-correlation): `outputs` channels from all channels of the
/// input. The kernel_height x kernel_width window moves `stride` places at a time and starts `padding` places
/// outside the picture, where values are 0.
struct Conv2d {
  std::size_t outputs = 0;
  std::size_t kernel_height = 3;
  std::size_t kernel_width = 3;
  std::size_t stride = 1;
  std::size_t padding = 0;
  bool bias = true;
  bool operator==(const Conv2d&) const = default;
};
/// The largest value in a size x size window, ignoring places outside the picture. Rows and columns that do
/// not fill a window are ignored.
struct MaxPool {
  std::size_t size = 2;
  std::size_t stride = 2;
  std::size_t padding = 0;
  bool operator==(const MaxPool&) const = default;
};
/// The mean of the values in the window; places outside the picture count as 0.
struct AveragePool {
  std::size_t size = 2;
  std::size_t stride = 2;
  std::size_t padding = 0;
  bool operator==(const AveragePool&) const = default;
};
/// The mean of each channel.
struct GlobalAveragePool {
  bool operator==(const GlobalAveragePool&) const = default;
};
/// Normalises each channel, or each value of a plain vector: subtracts its mean over the batch and its
/// places, divides by its standard deviation, multiplies by a trained factor and adds a trained bias (Ioffe
/// and Szegedy 2015). Prediction uses running means and variances: running = (1 - momentum) running +
/// momentum * batch.
struct BatchNorm {
  float momentum = 0.1F;
  float epsilon = 1e-5F;
  bool operator==(const BatchNorm&) const = default;
};
/// In training each value becomes 0 with probability `rate`, and the others are divided by 1 - rate
/// (Srivastava et al. 2014). In prediction it does nothing.
struct Dropout {
  float rate = 0.5F;
  bool operator==(const Dropout&) const = default;
};
/// Turns a picture into a plain vector, in C, H, W order. A dense layer does this implicitly.
struct Flatten {
  bool operator==(const Flatten&) const = default;
};
/// x if x > 0, otherwise slope * x (Maas et al. 2013).
struct LeakyRelu {
  float slope = 0.01F;
  bool operator==(const LeakyRelu&) const = default;
};
/// x * sigmoid(x) (Elfwing et al. 2017).
struct Silu {
  bool operator==(const Silu&) const = default;
};

/// A layer defined by the program; custom_layer() of layer.h makes one from a class. The text form only
/// contains its name, and two with the same name are equal.
struct CustomLayer {
  /// Its word in the text form: a lower-case letter, then at most 39 lower-case letters, digits and '-'; not
  /// one of scrawl's own words.
  std::string name;
  /// Makes the layer for inputs of a shape. The result must depend only on that shape.
  std::function<std::unique_ptr<Layer<float>>(const Shape& input)> make_float = {};
  /// Same in double. Only gradient checks and to_double need it.
  std::function<std::unique_ptr<Layer<double>>(const Shape& input)> make_double = {};
  bool operator==(const CustomLayer& other) const { return name == other.name; }
};

using LayerSpec = std::variant<Dense, Conv2d, MaxPool, AveragePool, GlobalAveragePool, BatchNorm, Dropout,
                               Flatten, Sigmoid, Relu, Tanh, LeakyRelu, Silu, CustomLayer>;

struct ModelSpec {
  Shape input;
  std::vector<LayerSpec> layers;
  bool operator==(const ModelSpec&) const = default;
};

/// The one-line text form: `28x28 > conv 16 5x5 > batchnorm > relu > maxpool 2 > dense 10`. Options follow by
/// name, and are omitted if they have their default values; a CustomLayer is its name. The words:
///
///     dense OUTPUTS [nobias]
///     conv OUTPUTS HEIGHTxWIDTH [stride 1] [pad 0] [nobias]
///     maxpool SIZE [stride SIZE] [pad 0]    avgpool SIZE [stride SIZE] [pad 0]    globalavgpool
///     batchnorm [momentum 0.1] [epsilon 1e-05]    dropout RATE    flatten
///     sigmoid    relu    tanh    leaky-relu [SLOPE]    silu
///
/// parse_model(to_string(spec)) == spec, with the same custom layers.
std::string to_string(const ModelSpec& spec);
std::string to_string(const LayerSpec& layer);

/// Parses the text form. It may contain the names of `custom`: `28x28 > dense 50 > swish > dense 10`. Throws
/// Error(invalid_argument) that names the invalid part and the nearest known word; also for two custom layers
/// with the same name, for an invalid name, and for layers that do not fit together.
ModelSpec parse_model(std::string_view text, const std::vector<CustomLayer>& custom = {});

/// The output shape of every layer. Throws Error(invalid_argument) with the layer's position if one does not
/// fit, if there are no layers or more than 1000, or more than 2^31 inputs, parameters, state values and
/// layer outputs in total; and for a custom layer with an invalid description.
std::vector<Shape> infer_shapes(const ModelSpec& spec);

/// The distribution of the initial weights; biases always start at 0.
struct Initialiser {
  enum class Kind {
    zeros,
    normal,   ///< N(0, deviation)
    fan_out,  ///< N(0, n_out^-0.5), n_out the number of nodes that the weights lead into (Rashid 2016)
    glorot,   ///< uniform within sqrt(6 / (n_in + n_out)) (Glorot and Bengio 2010)
    he,       ///< N(0, sqrt(2 / n_in)) (He et al. 2015)
    fan_in,   ///< uniform within n_in^-0.5, as in PyTorch's layers
  };
  Kind kind = Kind::he;
  float deviation = 0.01F;  ///< of Kind::normal
  bool operator==(const Initialiser&) const = default;
};

/// Formats and parses "zeros", "normal 0.01", "fan-out", "glorot", "he" or "fan-in".
std::string to_string(const Initialiser& initialiser);
Initialiser parse_initialiser(std::string_view text);

}  // namespace scrawl
#pragma GCC visibility pop

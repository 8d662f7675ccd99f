#pragma once

#include "scrawl/shape.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace [[gnu::visibility("default")]] scrawl {

template <class T>
class Layer;  // layer.h

// A model is plain data. To add a kind of layer: a struct here, its words in model_spec.cpp, and a Layer.

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

/// A layer that the program brings along: custom_layer() of layer.h makes one from a class. The text form
/// knows it by its name alone, and two of the same name are equal.
struct CustomLayer {
  /// Its word in the text form: a lower-case letter, then at most 39 lower-case letters, digits and '-'; none
  /// of the words that scrawl knows.
  std::string name;
  /// Makes the layer for inputs of a shape. What it makes depends on that shape alone.
  std::function<std::unique_ptr<Layer<float>>(const Shape& input)> make_float = {};
  /// The same in double. Only gradient checks and to_double need it.
  std::function<std::unique_ptr<Layer<double>>(const Shape& input)> make_double = {};
  bool operator==(const CustomLayer& other) const { return name == other.name; }
};

using LayerSpec = std::variant<Dense, Sigmoid, Relu, Tanh, CustomLayer>;

struct ModelSpec {
  Shape input;
  std::vector<LayerSpec> layers;
  bool operator==(const ModelSpec&) const = default;
};

/// The one-line text form: `28x28 > dense 50 > sigmoid > dense 10`; a dense layer without bias is `dense 50
/// nobias`, a CustomLayer its name. parse_model(to_string(spec)) == spec, with the same custom layers.
std::string to_string(const ModelSpec& spec);
std::string to_string(const LayerSpec& layer);

/// Reads the text form. The names of `custom` are words of it too: `28x28 > dense 50 > swish > dense 10`.
/// Throws Error(invalid_argument) that names the part which is not understood and the nearest known word, for
/// two custom layers of one name and a name that none may have, and where the layers do not fit.
ModelSpec parse_model(std::string_view text, const std::vector<CustomLayer>& custom = {});

/// The output shape of every layer. Throws Error(invalid_argument) with the layer's place where one does not
/// fit, where there is none, more than 1000, or more than 2^31 inputs, parameters, values of state and
/// outputs of layers in all; and for a custom layer whose description of itself makes no sense.
std::vector<Shape> infer_shapes(const ModelSpec& spec);

/// How the weights start; biases always start at 0.
struct Initialiser {
  enum class Kind {
    zeros,
    normal,   ///< N(0, deviation)
    fan_out,  ///< N(0, n_out^-0.5), n_out the nodes that the weights lead into (Rashid 2016)
    glorot,   ///< uniform within sqrt(6 / (n_in + n_out)) (Glorot and Bengio 2010)
    he,       ///< N(0, sqrt(2 / n_in)) (He et al. 2015)
  };
  Kind kind = Kind::he;
  float deviation = 0.01F;  ///< of Kind::normal
  bool operator==(const Initialiser&) const = default;
};

/// "zeros", "normal 0.01", "fan-out", "glorot" or "he", both ways.
std::string to_string(const Initialiser& initialiser);
Initialiser parse_initialiser(std::string_view text);

}  // namespace scrawl

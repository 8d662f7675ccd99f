#pragma once

#include "scrawl/shape.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace scrawl {

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

using LayerSpec = std::variant<Dense, Sigmoid, Relu, Tanh>;

struct ModelSpec {
  Shape input;
  std::vector<LayerSpec> layers;
  bool operator==(const ModelSpec&) const = default;
};

/// The one-line text form: `28x28 > dense 50 > sigmoid > dense 10`; a dense layer without bias is `dense 50
/// nobias`. parse_model(to_string(spec)) == spec.
std::string to_string(const ModelSpec& spec);
std::string to_string(const LayerSpec& layer);

/// Throws Error(invalid_argument) that names the part which is not understood and the nearest known word.
ModelSpec parse_model(std::string_view text);

/// The output shape of every layer. Throws Error(invalid_argument) with the layer's place where one does not
/// fit, where there is none, more than 1000, or more than 2^31 inputs, parameters and outputs of layers in
/// all.
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

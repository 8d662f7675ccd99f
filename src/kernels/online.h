#pragma once

#include <cstddef>
#include <cstdint>

/// What the kernels of training on one image a step work on: a chain of dense layers, each followed by an
/// activation or none, with its weights laid out so that no vector crosses a cache line.
namespace scrawl::kernels {

/// Vectors of the layers (biases, outputs, errors) are padded with zeros to a multiple of this; so are the
/// columns of weights in `head`.
constexpr std::size_t online_lanes = 16;
/// Sums over rows run in so many chains: row i goes to chain i modulo this, and (c0 + c1) + (c2 + c3) is the
/// sum. Counts of rows are padded to a multiple of it.
constexpr std::size_t online_chains = 4;

enum class OnlineActivation : std::uint8_t { none, relu, sigmoid, tanh };

/// An input of the first layer that is not background: its place, and its value less the background.
template <class T>
struct OnlineInput {  // without initialisers, so that many can be made without being written
  std::uint32_t row;
  T value;
};

/// Weights by rows, one for each input. The first head_columns of a row lie in `head`, the others in `tail`.
template <class T>
struct OnlineRows {
  T* head = nullptr;
  std::size_t head_columns = 0;  ///< a multiple of online_lanes
  T* tail = nullptr;
  std::size_t tail_columns = 0;  ///< 0, 4 or 8
};

template <class T>
struct OnlineLayer {
  std::size_t inputs = 0;   ///< rows of `weights`; behind the first layer a multiple of online_chains
  std::size_t outputs = 0;  ///< without padding
  std::size_t padded = 0;   ///< outputs with padding, a multiple of online_lanes
  OnlineRows<T> weights;
  /// The same weights, a row for each output (padded to a multiple of online_chains) and a column for each
  /// padded output of the layer before: they hand the error back without sums across a vector. Not in the
  /// first layer.
  T* transposed = nullptr;
  T* bias = nullptr;  ///< or null
  OnlineActivation activation = OnlineActivation::none;
  T* output = nullptr;  ///< behind the activation
  T* error = nullptr;   ///< the gradient by `output`
  T* delta = nullptr;   ///< the gradient before the activation; later what the biases change by
};

/// The first layer keeps V with W = scale V + shared in every row, and leaves out the background: its inputs
/// are background + value in the places that are listed, and `background` elsewhere.
template <class T>
struct OnlineNet {
  OnlineLayer<T>* layers = nullptr;
  std::size_t layer_count = 0;

  const OnlineInput<T>* inputs = nullptr;
  std::size_t count = 0;  ///< of inputs; a multiple of online_chains
  T value_sum = 0;        ///< of all listed values; only for a background that is not 0

  T scale = 1;
  T background = 0;
  T* shared = nullptr;  ///< what is added to every row; null where nothing is
  T* total = nullptr;   ///< the sum of the rows of V; null where `shared` is
};

/// A step of plain gradient descent: w = keep w - rate gradient, with keep = 1 for biases.
template <class T>
struct OnlineDescent {
  T rate = 0;
  T keep = 1;           ///< 1 - rate * l2
  T inverse_scale = 1;  ///< 1 / scale after the step
  bool raw = false;     ///< HiddenError::raw
};

}  // namespace scrawl::kernels

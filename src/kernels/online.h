#pragma once

#include <cstddef>
#include <cstdint>

/// Training on one image per step: a chain of dense layers, each followed by an activation or none, with
/// weights laid out so that no vector crosses a cache line.
namespace scrawl::kernels {

/// Biases, outputs, errors and the columns of `head` are padded with zeros to a multiple of this.
constexpr std::size_t online_lanes = 16;
/// Chains in sums over rows, which are padded to a multiple of this: row i goes to chain i mod 4, and the
/// sum is (c0 + c1) + (c2 + c3).
constexpr std::size_t online_chains = 4;

enum class OnlineActivation : std::uint8_t { none, relu, sigmoid, tanh };

/// A non-background input of the first layer: its position, and its value minus the background.
template <class T>
struct OnlineInput {  // no initialisers, so arrays need not be written
  std::uint32_t row;
  T value;
};

/// One row of weights per input: head_columns in `head`, then tail_columns in `tail`.
template <class T>
struct OnlineRows {
  T* head = nullptr;
  std::size_t head_columns = 0;  ///< a multiple of online_lanes
  T* tail = nullptr;
  std::size_t tail_columns = 0;  ///< 0, 4 or 8
};

template <class T>
struct OnlineLayer {
  std::size_t inputs = 0;   ///< rows of `weights`; after the first layer a multiple of online_chains
  std::size_t outputs = 0;  ///< without padding
  std::size_t padded = 0;   ///< outputs with padding, a multiple of online_lanes
  OnlineRows<T> weights;
  /// The transposed weights, (outputs padded to a multiple of online_chains) x (padded outputs of the layer
  /// before): they propagate the error without sums across a vector. Not in the first layer.
  T* transposed = nullptr;
  T* bias = nullptr;  ///< or null
  OnlineActivation activation = OnlineActivation::none;
  T* output = nullptr;  ///< after the activation
  T* error = nullptr;   ///< gradient with respect to `output`
  T* delta = nullptr;   ///< gradient before the activation; later the change of the biases
};

/// The first layer stores V with W = scale V + shared in every row, and skips the background: its inputs are
/// background + value at the listed places, and `background` elsewhere.
template <class T>
struct OnlineNet {
  OnlineLayer<T>* layers = nullptr;
  std::size_t layer_count = 0;

  const OnlineInput<T>* inputs = nullptr;
  std::size_t count = 0;  ///< number of inputs; a multiple of online_chains
  T value_sum = 0;        ///< sum of all listed values; only for a background other than 0

  T scale = 1;
  T background = 0;
  T* shared = nullptr;  ///< added to every row, or null
  T* total = nullptr;   ///< the sum of the rows of V; null if `shared` is
};

/// Plain gradient descent: w = keep w - rate gradient, with keep = 1 for biases.
template <class T>
struct OnlineDescent {
  T rate = 0;
  T keep = 1;           ///< 1 - rate * l2
  T inverse_scale = 1;  ///< 1 / scale after the step
  bool raw = false;     ///< HiddenError::raw
};

}  // namespace scrawl::kernels

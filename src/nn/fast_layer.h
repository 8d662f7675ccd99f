#pragma once

#include "scrawl/layer.h"

#include "kernels/kernels.h"

#include <span>

/// What scrawl's own layers can do beyond the public Layer. The network asks for it once, when it is built.
namespace scrawl {

template <class T>
class BasicByteBatch;

/// An element-wise function and its gradient, over n values: y = f(x), and dx = dy f'(x), computed from y. x
/// and y, and dy and dx, may be the same array.
template <class T>
struct Elementwise {
  void (*function)(std::size_t n, const T* x, T* y) = nullptr;
  void (*gradient)(std::size_t n, const T* y, const T* dy, T* dx) = nullptr;
};

/// The layout of a batch's samples that a layer requires; the network converts between them.
enum class Layout {
  rows,   ///< one sample after the other
  lanes,  ///< 16 samples side by side (src/kernels/convolution.h), for layers on pictures
  any,    ///< the layout of the layer before it
};

struct FastTraits {
  Layout layout = Layout::rows;
  /// The layer performs the step of FastBackward::descent. Otherwise the network performs it afterwards, with
  /// the same bits.
  bool descends = false;
  /// As the first layer, it accepts a batch of bytes as its input and skips zeros.
  bool takes_bytes = false;
  /// While the values are in the cache, it can also apply the next activation in the forward pass, and the
  /// derivative of the previous activation in the backward pass.
  bool includes_activations = false;
};

/// If the samples are in lanes, the views only give the number of samples and of values, and only data() may
/// be used; memory covers whole blocks of lanes.
template <class T>
struct FastForward : Forward<T> {
  bool lanes = false;                        ///< the samples are in lanes
  const BasicByteBatch<T>* bytes = nullptr;  ///< if not null, this is the input, and `input` is empty()
  Elementwise<T> activation = {};            ///< if not empty, to be applied to the output
};

template <class T>
struct FastBackward : Backward<T> {
  bool lanes = false;                        ///< the output gradient is then 0 in lanes without a sample
  const BasicByteBatch<T>* bytes = nullptr;  ///< as in FastForward
  /// If not empty, the input is the output of this activation, and the input gradient must be multiplied by
  /// its derivative.
  Elementwise<T> activation_before = {};
  /// If not null, the pass ends with a step of plain gradient descent on `descending`, which contains the
  /// same values as `parameters`, with the bits of update_sgd; parameter_gradient is then scratch memory.
  const kernels::Descent<T>* descent = nullptr;
  std::span<T> descending = {};
};

template <class T>
class FastLayer : public Layer<T> {
 public:
  virtual FastTraits fast_traits() const = 0;
  /// The function of an element-wise layer, for layers that include it. Empty if it is more than one.
  virtual Elementwise<T> activation(const BasicCompute<T>&) const { return {}; }
  virtual void fast_forward(const FastForward<T>& pass) const = 0;
  virtual void fast_backward(const FastBackward<T>& pass) const = 0;

  void forward(const Forward<T>& pass) const final { fast_forward({pass}); }
  void backward(const Backward<T>& pass) const final { fast_backward({pass}); }
};

}  // namespace scrawl

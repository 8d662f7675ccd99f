#include "nn/blocks.h"
#include "nn/layer_kinds.h"

namespace scrawl {
namespace {

/// The values stay where they are, in C, H, W order; only their shape changes.
template <class T>
class FlattenLayer final : public FastLayer<T> {
 public:
  explicit FlattenLayer(const Shape& input) : size_(input.size()) {}

  Shape output_shape() const override { return {1, 1, size_}; }
  LayerTraits traits() const override { return {.elementwise = true}; }
  FastTraits fast_traits() const override { return {.layout = Layout::any}; }

  void fast_forward(const FastForward<T>& pass) const override {
    copy_values<T>(pass.input, pass.output, pass.lanes);
  }
  void fast_backward(const FastBackward<T>& pass) const override {
    copy_values<T>(pass.output_gradient, pass.input_gradient, pass.lanes);
  }

 private:
  std::size_t size_;
};

}  // namespace

CustomLayer makers(const Flatten&) { return custom_layer<FlattenLayer>("flatten"); }

}  // namespace scrawl

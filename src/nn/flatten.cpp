#include "nn/blocks.h"
#include "nn/layers.h"

namespace scrawl {
namespace {

/// The values stay where they are, in C, H, W order; only their shape changes.
template <class T>
class FlattenLayer final : public FastLayer<T> {
 public:
  explicit FlattenLayer(std::size_t size) : size_(size) {}

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

template <class T>
std::unique_ptr<Layer<T>> make_flatten(const Shape& input) {
  return std::make_unique<FlattenLayer<T>>(input.size());
}

template std::unique_ptr<Layer<float>> make_flatten(const Shape&);
template std::unique_ptr<Layer<double>> make_flatten(const Shape&);

}  // namespace scrawl

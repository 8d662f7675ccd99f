#include "nn/kinks.h"

#include "kernels/convolution.h"
#include "nn/blocks.h"
#include "nn/layer_kinds.h"
#include "nn/layers.h"

namespace scrawl {
namespace {

/// A batch in rows or in lanes.
struct Values {
  MatrixView<const double> view;
  bool lanes = false;

  double at(std::size_t sample, std::size_t place) const {
    if (!lanes) return view(sample, place);
    const std::size_t block = sample / kernels::image_lanes * view.columns();
    return view.data()[(block + place) * kernels::image_lanes + sample % kernels::image_lanes];
  }
};

/// For every tap of every window, whether its value is the first of the largest.
void append_choices(const kernels::Window& w, const Values& values, std::size_t sample,
                    std::vector<bool>& sides) {
  for (std::size_t channel = 0; channel < w.channels; ++channel)
    for (std::size_t window = 0; window < w.out_places(); ++window) {
      const std::size_t first = sides.size();
      std::size_t chosen = first;
      double largest = 0;
      for (std::size_t tap = 0; tap < w.kernel_height * w.kernel_width; ++tap) {
        const std::size_t y = w.at(window / w.out_width, tap / w.kernel_width);
        const std::size_t x = w.at(window % w.out_width, tap % w.kernel_width);
        if (y >= w.height || x >= w.width) continue;
        const double value = values.at(sample, (channel * w.height + y) * w.width + x);
        if (sides.size() == first || value > largest) {
          largest = value;
          chosen = sides.size();
        }
        sides.push_back(false);
      }
      sides[chosen] = true;
    }
}

}  // namespace

Kinks::Kinks(const ModelSpec& spec) {
  const auto shapes = infer_shapes(spec);
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (make_layer<double>(spec.layers[i], i == 0 ? spec.input : shapes[i - 1])->traits().has_kink_at_zero)
      kinked_.push_back(i);
    if (as<MaxPool>(spec.layers[i])) choosing_.push_back(i);
  }
}

void Kinks::append_sides(const BasicNetwork<double>& network, const BasicWorkspace<double>& workspace,
                         MatrixView<const double> inputs, std::vector<bool>& sides) const {
  for (const std::size_t i : kinked_) {
    const Values output{workspace.layer_output(i), network.in_lanes(i)};
    for (std::size_t sample = 0; sample < inputs.rows(); ++sample)
      for (std::size_t place = 0; place < output.view.columns(); ++place)
        sides.push_back(output.at(sample, place) > 0);
  }
  for (const std::size_t i : choosing_) {
    const auto& pool = std::get<MaxPool>(network.spec().layers[i]);
    const Shape& shape = i == 0 ? network.spec().input : network.shapes()[i - 1];
    const auto window = kernels::window_over(shape, pool.size, pool.size, pool.stride, pool.padding);
    const Values input{i == 0 ? inputs : workspace.layer_output(i - 1), i > 0 && network.in_lanes(i - 1)};
    for (std::size_t sample = 0; sample < inputs.rows(); ++sample)
      append_choices(window, input, sample, sides);
  }
}

}  // namespace scrawl

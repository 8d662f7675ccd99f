#pragma once

#include "scrawl/network.h"

#include "kernels/kernels.h"
#include "nn/fast_layer.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

/// A layer, its answers to what the network asks once, and where its values are.
template <class T>
struct BasicNetwork<T>::Unit {
  struct Range {
    std::size_t begin = 0;
    std::size_t size = 0;

    template <class Values>
    auto of(const Values& values) const {
      return values.subspan(begin, size);
    }
  };

  std::unique_ptr<Layer<T>> layer;
  const FastLayer<T>* fast = nullptr;  // the same, if it is one of scrawl's own
  LayerTraits traits;
  FastTraits fast_traits;
  bool lanes = false;
  Range parameters;
  Range infos;
  Range state;
  Range saved;  // of the workspace
};

/// Appends a layer's parameters, and returns the number of their values.
template <class T>
std::size_t append_infos(const Layer<T>& layer, std::size_t place, std::size_t offset,
                         std::vector<ParameterInfo>& infos) {
  std::size_t count = 0;
  for (auto& info : layer.parameters()) {
    count += info.size();
    infos.push_back({std::to_string(place) + "." + info.name, info.shape, info.offset + offset, info.kind});
  }
  return count;
}

/// The passes of a network over one workspace. Network offers the ordinary ones; only the library itself uses
/// bytes as input and raw hidden errors (Recipe::Training::hidden_error).
template <class T>
class Passes {
 public:
  Passes(const BasicNetwork<T>& network, BasicWorkspace<T>& workspace, const BasicCompute<T>& compute)
      : network_(network), workspace_(workspace), compute_(compute) {}

  static bool takes_bytes(const BasicNetwork<T>& network) {
    return network.units_.front().fast_traits.takes_bytes;
  }

  /// `state`: the network's, to be updated in Mode::train; otherwise not needed.
  MatrixView<const T> forward(MatrixView<const T> input, std::span<T> state = {}, Mode mode = Mode::predict,
                              const RandomKey& key = {});
  /// Same for a batch of bytes. REQUIRES takes_bytes() and as many pixels as the network has inputs.
  MatrixView<const T> forward(const BasicByteBatch<T>& input, std::span<T> state = {},
                              Mode mode = Mode::predict, const RandomKey& key = {});
  /// With `descent`, also a step on `parameters`, which are the network's.
  void backward(std::span<T> gradients, bool raw_hidden_error = false,
                const kernels::Descent<T>* descent = nullptr, std::span<T> parameters = {});

 private:
  using Unit = typename BasicNetwork<T>::Unit;

  MatrixView<const T> run(std::span<T> state, Mode mode, const RandomKey& key);
  void change_layout(bool to_lanes, MatrixView<const T> from, MatrixView<T> to);
  void descend(const Unit& unit, std::span<T> gradients, const kernels::Descent<T>& descent,
               std::span<T> parameters);

  const BasicNetwork<T>& network_;
  BasicWorkspace<T>& workspace_;
  const BasicCompute<T>& compute_;
};

/// Whether the layout before layer `i`, or after the last layer, differs from the one that is required there.
template <class Units>
bool changes_layout(const Units& units, std::size_t i) {
  const bool before = i > 0 && units[i - 1].lanes;
  return before != (i < units.size() && units[i].lanes);
}

}  // namespace scrawl

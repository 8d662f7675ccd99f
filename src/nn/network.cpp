#include "scrawl/network.h"

#include "scrawl/error.h"

#include "kernels/convolution.h"
#include "kernels/kernels.h"
#include "nn/network_parts.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace scrawl {

using kernels::image_blocks;
using kernels::image_lanes;

namespace {

/// Far more than any machine has, so that sums of such numbers do not overflow.
constexpr std::size_t most_scratch = std::size_t{1} << 40;

std::string place_of(const ModelSpec& spec, std::size_t i) {
  return "layer " + std::to_string(i) + " (" + to_string(spec.layers[i]) + "): ";
}

/// Two networks of one spec differ only where a custom layer is not the same each time that it is made.
template <class A, class B>
void check_same_form(const BasicNetwork<A>& a, const BasicNetwork<B>& b) {
  const bool same = a.shapes() == b.shapes() && a.state().size() == b.state().size() &&
                    std::equal(a.parameter_infos().begin(), a.parameter_infos().end(),
                               b.parameter_infos().begin(), b.parameter_infos().end());
  if (!same)
    throw Error(ErrorCode::invalid_argument,
                "the custom layers of '" + to_string(a.spec()) +
                    "' have other shapes, parameters or state when they are made again; let what a "
                    "CustomLayer makes depend on the input's shape alone, in float and double alike");
}

}  // namespace

template <class T>
BasicNetwork<T>::BasicNetwork(ModelSpec spec) : spec_(std::move(spec)), shapes_(infer_shapes(spec_)) {
  std::size_t parameters = 0;
  std::size_t state = 0;
  layers_.reserve(spec_.layers.size());
  places_.reserve(spec_.layers.size());
  for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
    auto layer = make_layer<T>(spec_.layers[i], i == 0 ? spec_.input : shapes_[i - 1]);
    if (layer->output_shape() != shapes_[i])
      throw Error(ErrorCode::invalid_argument,
                  place_of(spec_, i) + "its output has another shape when it is made again");
    Place place{
        .parameters = parameters, .infos = infos_.size(), .state = state, .state_count = layer->state_size()};
    place.parameter_count = append_infos(*layer, i, parameters, infos_);
    place.info_count = infos_.size() - place.infos;
    place.saved = i == 0 ? 0 : places_[i - 1].saved + places_[i - 1].saved_count;
    place.saved_count = layer->saved_size();
    parameters += place.parameter_count;
    state += place.state_count;
    places_.push_back(place);
    const Layout layout = layer->layout();
    in_lanes_.push_back(layout == Layout::any ? i > 0 && in_lanes_[i - 1] : layout == Layout::lanes);
    layers_.push_back(std::move(layer));
  }
  parameters_.assign(parameters, T{0});
  state_.resize(state);
  initialise_state();
}

template <class T>
BasicNetwork<T>::BasicNetwork(const BasicNetwork& other) : BasicNetwork(other.spec_) {
  check_same_form(*this, other);
  parameters_ = other.parameters_;
  state_ = other.state_;
}

template <class T>
void BasicNetwork<T>::initialise(const Initialiser& initialiser, std::uint64_t seed) {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const RandomKey key{
        .seed = seed, .purpose = Purpose::initialise, .step = 0, .sample = static_cast<std::uint32_t>(i)};
    layers_[i]->initialise(initialiser, key,
                           std::span(parameters_).subspan(places_[i].parameters, places_[i].parameter_count));
  }
  initialise_state();
}

template <class T>
void BasicNetwork<T>::initialise_state() {
  for (std::size_t i = 0; i < layers_.size(); ++i)
    layers_[i]->initialise_state(std::span(state_).subspan(places_[i].state, places_[i].state_count));
}

template <class T>
BasicWorkspace<T> BasicNetwork<T>::make_workspace(std::size_t max_rows) const {
  assert(max_rows > 0);
  BasicWorkspace<T> workspace;
  workspace.max_rows_ = max_rows;
  const bool has_lanes = std::find(in_lanes_.begin(), in_lanes_.end(), true) != in_lanes_.end();
  const std::size_t rows = has_lanes ? image_blocks(max_rows) * image_lanes : max_rows;
  std::size_t widest = inputs();
  std::size_t scratch = 0;
  const auto add = [&](std::size_t width, std::vector<MatrixView<T>>& views) {
    workspace.buffers_.emplace_back(rows * width);
    views.emplace_back(workspace.buffers_.back().data(), 0, width);
  };
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const std::size_t width = shapes_[i].size();
    if (changes_layout(i))
      add(i == 0 ? inputs() : shapes_[i - 1].size(), workspace.inputs_);
    else
      workspace.inputs_.emplace_back();
    // An element-wise layer must write neither into the caller's input nor over the output of a layer that
    // needs it for its gradient, as element-wise ones do; a gradient check looks at what lies before a kink.
    const bool in_place = i > 0 && layers_[i]->elementwise() && !layers_[i - 1]->elementwise() &&
                          !layers_[i - 1]->needs_output() && !layers_[i - 1]->has_kink_at_zero() &&
                          !changes_layout(i);
    if (in_place)
      workspace.outputs_.emplace_back(workspace.buffers_.back().data(), 0, width);
    else
      add(width, workspace.outputs_);
    widest = std::max(widest, width);
    scratch = std::max(scratch, layers_[i]->scratch_size(max_rows));
    if (scratch > most_scratch)
      throw Error(ErrorCode::invalid_argument, place_of(spec_, i) + "its scratch_size() for " +
                                                   std::to_string(max_rows) +
                                                   " samples is more than 2^40 values");
  }
  workspace.ends_in_lanes_ = in_lanes_.back();
  if (workspace.ends_in_lanes_) add(outputs(), workspace.inputs_);
  for (auto& gradient : workspace.gradients_) gradient.resize(rows * widest);
  workspace.scratch_.resize(scratch);
  workspace.saved_.resize(places_.back().saved + places_.back().saved_count);
  return workspace;
}

template <class T>
bool BasicNetwork<T>::changes_layout(std::size_t i) const {
  const bool before = i > 0 && in_lanes_[i - 1];
  return before != (i < layers_.size() && in_lanes_[i]);
}

/// Samples from rows to lanes, or back, on the way into layer `i` or, for a gradient, out of it.
template <class T>
void BasicNetwork<T>::change_layout(bool to_lanes, MatrixView<const T> from, MatrixView<T> to,
                                    const BasicCompute<T>& compute) const {
  const std::size_t width = from.columns();
  compute.pool().run_ranges(image_blocks(from.rows()), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t block = begin; block < end; ++block) {
      const std::size_t first = block * image_lanes;
      const std::size_t samples = std::min(image_lanes, from.rows() - first);
      const auto& kernels = compute.kernels();
      if (to_lanes)
        kernels.to_lanes(samples, width, from.data() + first * from.stride(), from.stride(),
                         to.data() + first * width);
      else
        kernels.from_lanes(samples, width, from.data() + first * width, to.data() + first * to.stride(),
                           to.stride());
    }
  });
}

template <class T>
MatrixView<const T> BasicNetwork<T>::forward(MatrixView<const T> input, BasicWorkspace<T>& workspace,
                                             const BasicCompute<T>& compute, Mode mode,
                                             const RandomKey& key) {
  workspace.take(input);
  return run(workspace, compute, state_, mode, key);
}

template <class T>
MatrixView<const T> BasicNetwork<T>::forward(const BasicByteBatch<T>& input, BasicWorkspace<T>& workspace,
                                             const BasicCompute<T>& compute, Mode mode,
                                             const RandomKey& key) {
  workspace.take(input);
  return run(workspace, compute, state_, mode, key);
}

template <class T>
MatrixView<const T> BasicNetwork<T>::predict(MatrixView<const T> input, BasicWorkspace<T>& workspace,
                                             const BasicCompute<T>& compute) const {
  workspace.take(input);
  return run(workspace, compute, state_for_prediction(), Mode::predict, {});
}

template <class T>
MatrixView<const T> BasicNetwork<T>::predict(const BasicByteBatch<T>& input, BasicWorkspace<T>& workspace,
                                             const BasicCompute<T>& compute) const {
  workspace.take(input);
  return run(workspace, compute, state_for_prediction(), Mode::predict, {});
}

/// Mode::predict reads the state and never writes it.
template <class T>
std::span<T> BasicNetwork<T>::state_for_prediction() const {
  return {const_cast<T*>(state_.data()), state_.size()};
}

template <class T>
MatrixView<const T> BasicNetwork<T>::run(BasicWorkspace<T>& workspace, const BasicCompute<T>& compute,
                                         std::span<T> state, Mode mode, const RandomKey& key) const {
  assert(workspace.rows_ <= workspace.max_rows_);
  assert(workspace.bytes_ ? takes_bytes() && workspace.bytes_->pixels() == inputs()
                          : workspace.input_.columns() == inputs());
  workspace.mode_ = mode;
  workspace.key_ = key;
  MatrixView<const T> input = workspace.input_;
  bool done = false;  // by the layer before
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    auto& output = workspace.outputs_[i];
    output = {output.data(), workspace.rows_, output.columns()};
    if (std::exchange(done, false)) {
      input = output;
      continue;
    }
    if (changes_layout(i)) {
      auto& changed = workspace.inputs_[i];
      changed = {changed.data(), workspace.rows_, changed.columns()};
      change_layout(in_lanes_[i], input, changed, compute);
      input = changed;
    }
    const Place& place = places_[i];
    const bool in_place_next = i + 1 < layers_.size() && workspace.outputs_[i + 1].data() == output.data();
    const Elementwise<T> activation = in_place_next && layers_[i]->includes_activations()
                                          ? layers_[i + 1]->activation(compute)
                                          : Elementwise<T>{};
    done = activation.function != nullptr;
    layers_[i]->forward(
        {.parameters = std::span(parameters_).subspan(place.parameters, place.parameter_count),
         .state = state.subspan(place.state, place.state_count),
         .input = input,
         .sparse_input = i == 0 && workspace.sparse_input_,
         .output = output,
         .scratch = workspace.scratch_,
         .mode = mode,
         .key = key_of(key, i),
         .compute = compute,
         .bytes = i == 0 ? workspace.bytes_ : nullptr,
         .activation = activation,
         .lanes = in_lanes_[i],
         .saved = std::span(workspace.saved_).subspan(place.saved, place.saved_count)});
    input = output;
  }
  if (in_lanes_.back()) {
    auto& rows = workspace.inputs_.back();
    rows = {rows.data(), workspace.rows_, rows.columns()};
    change_layout(false, input, rows, compute);
  }
  return workspace.output();
}

template <class T>
void BasicNetwork<T>::backward(BasicWorkspace<T>& workspace, const BasicCompute<T>& compute,
                               std::span<T> gradients, HiddenError hidden_error) const {
  propagate(workspace, compute, gradients, hidden_error, nullptr, {});
}

template <class T>
void BasicNetwork<T>::descend(BasicWorkspace<T>& workspace, const BasicCompute<T>& compute,
                              std::span<T> gradients, T learning_rate, T l2, HiddenError hidden_error) {
  const kernels::Descent<T> descent{learning_rate, l2};
  propagate(workspace, compute, gradients, hidden_error, &descent, parameters_);
}

BasicNetwork<double> to_double(const Network& network) {
  BasicNetwork<double> copy(network.spec());
  check_same_form(copy, network);
  std::copy(network.parameters().begin(), network.parameters().end(), copy.parameters().begin());
  std::copy(network.state().begin(), network.state().end(), copy.state().begin());
  return copy;
}

template class BasicNetwork<float>;
template class BasicNetwork<double>;

}  // namespace scrawl
